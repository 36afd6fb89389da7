import { describeValue } from './describe-value.ts';
import type { ExplainedSchema } from './json-schema.ts';
import { valueAt } from './key-path.ts';

/**
 * The schemas that apply to what stands at `keys` of `input`: several where the schema offers a choice that the input
 * does not settle, none where no such key exists.
 */
export function schemasAt(
  root: ExplainedSchema,
  keys: readonly PropertyKey[],
  input: unknown,
): readonly ExplainedSchema[] {
  let schemas: readonly ExplainedSchema[] = [root];
  let value = input;
  for (const key of keys) {
    schemas = schemas.flatMap((schema) => choices(schema, value)).flatMap((schema) => child(schema, key));
    value = valueAt(value, [key]);
  }
  return schemas;
}

/** What may stand there, in words: `a number above 0 and at most 1000`. */
export function allowedText(schemas: readonly ExplainedSchema[]): string {
  return schemas.map(describe).join(', ');
}

/** The keys that an object may have there, if it may be an object. */
export function allowedKeys(schemas: readonly ExplainedSchema[], value: unknown): readonly string[] {
  const objects = schemas.flatMap((schema) => choices(schema, value));
  return [...new Set(objects.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

/** The texts that may stand there, if only certain ones may. */
export function allowedTexts(schemas: readonly ExplainedSchema[]): readonly string[] {
  return schemas.flatMap(constants).filter((value) => typeof value === 'string');
}

/** The alternatives of a schema that agree with the constants in `value`; all of them when none agrees. */
function choices(schema: ExplainedSchema, value: unknown): readonly ExplainedSchema[] {
  const all = schema.oneOf ?? schema.anyOf;
  if (!all) return [schema];
  const agreeing = all.filter(({ properties = {} }) =>
    Object.entries(properties).some(
      ([key, member]) => member.const !== undefined && member.const === valueAt(value, [key]),
    ),
  );
  return agreeing.length > 0 ? agreeing : all;
}

function child({ items, properties }: ExplainedSchema, key: PropertyKey): readonly ExplainedSchema[] {
  if (typeof key === 'number') return items ? [items] : [];
  const name = String(key);
  const found = properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return found ? [found] : [];
}

function constants(schema: ExplainedSchema): readonly unknown[] {
  return schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
}

function describe(schema: ExplainedSchema): string {
  const values = constants(schema);
  if (schema.allowed) return schema.allowed;
  if (values.length > 0) return values.map(plain).join(', ');
  switch (schema.type) {
    case 'number':
    case 'integer':
      return `a${schema.type === 'integer' ? ' whole' : ''} number${range(schema)}`;
    case 'string':
      return `text${size('character', schema.minLength, schema.maxLength)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${size(schema.items?.type === 'string' ? 'text' : 'entry', schema.minItems, schema.maxItems)}`;
    default:
      return `a mapping with the keys ${allowedKeys([schema], undefined).join(', ')}`;
  }
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : describeValue(value);
}

function range({ exclusiveMinimum, minimum, maximum }: ExplainedSchema): string {
  const parts = [
    exclusiveMinimum === undefined ? '' : `above ${exclusiveMinimum}`,
    minimum === undefined ? '' : `of at least ${minimum}`,
    // Whole numbers carry the largest safe integer as their bound, which tells a person nothing.
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : `at most ${maximum}`,
  ].filter((part) => part !== '');
  return parts.length > 0 ? ` ${parts.join(' and ')}` : '';
}

function size(unit: string, min = 0, max?: number): string {
  const units = (count: number) => (count === 1 ? unit : unit === 'entry' ? 'entries' : `${unit}s`);
  if (max !== undefined) return ` of ${min} to ${max} ${units(max)}`;
  return min > 0 ? ` of at least ${min} ${units(min)}` : '';
}
