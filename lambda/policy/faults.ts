import { closestMatch } from 'leven';
import { plain } from '../text.ts';
import { explainedSchema, type JsonSchema } from './json-schema.ts';
import { timeZoneNames } from './zones.ts';

/** Characters of a value that a fault shows. */
const MAX_SHOWN = 80;

/** What the checker reports, as far as it is used here; `errors` are those of each alternative of a choice. */
interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/** A fault, still with the keys that lead to it. */
export interface LocatedFault extends Fault {
  readonly keys: readonly PropertyKey[];
}

/** Explains what the checker found in `input`: the first faults, one for each wrong value or key, and how many there are. */
export function faultsOf(
  issues: readonly Issue[],
  input: unknown,
): { readonly faults: readonly LocatedFault[]; readonly count: number } {
  const schema = explainedSchema();
  const own = issues.flatMap((issue) => simplify(issue, input));
  const faults: LocatedFault[] = [];
  let count = 0;
  for (const issue of own) {
    const keys = issue.code === 'unrecognized_keys' ? (issue.keys ?? []) : [undefined];
    count += keys.length;
    for (const key of keys.slice(0, MAX_FAULTS - faults.length))
      faults.push(
        key === undefined ? wrongValue(issue, input, schema) : unknownKey(issue, key, { input, schema }),
      );
  }
  return { faults, count };
}

/** Of a choice that failed, the alternative that has exactly the given keys shows what is wrong. */
function simplify(issue: Issue, input: unknown): readonly Issue[] {
  const alternatives = (issue.errors ?? []).map((errors) =>
    errors.map((error) => ({ ...error, path: [...issue.path, ...error.path] })),
  );
  const fitting = alternatives.find((errors) =>
    errors.every(({ code, path }) => code !== 'unrecognized_keys' && valueAt(input, path) !== undefined),
  );
  return fitting ?? [issue];
}

function wrongValue({ path, message }: Issue, input: unknown, schema: JsonSchema): LocatedFault {
  const schemas = schemasAt(schema, path, input);
  const value = valueAt(input, path);
  const texts = schemas.flatMap(({ enum: values = [], const: only }) => [...values, only]);
  const names = path.at(-1) === 'timezone' ? timeZoneNames() : texts.filter((one) => typeof one === 'string');
  const meant = typeof value === 'string' ? didYouMean(value, names) : undefined;
  const renamed = value === 'committed' && path.at(-1) === 'basis';
  const hint = renamed ? 'write worst-case, its new name' : meant && `did you mean ${meant}?`;
  const allowed = new Set(schemas.map(allowedBy));
  return {
    keys: path,
    path: keyPath(path),
    found: describeValue(value),
    allowed: allowed.size > 0 ? [...allowed].join(', ') : message,
    ...(hint && { hint }),
  };
}

/** What may stand where a schema applies, in words. */
function allowedBy(schema: JsonSchema): string {
  if (schema.allowed !== undefined) return schema.allowed;
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum) return schema.enum.join(', ');
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'string':
      return `a text of ${fromTo(schema.minLength, schema.maxLength)} characters`;
    case 'array':
      return `a list of ${fromTo(schema.minItems, schema.maxItems)} entries`;
    case 'integer':
    case 'number':
      return `a ${schema.type === 'integer' ? 'whole number' : 'number'}${range(schema)}`;
    default:
      return `a mapping with the keys ${keysOf([schema]).join(', ')}`;
  }
}

function fromTo(least: number | undefined, most: number | undefined): string {
  if (most === undefined) return `at least ${least ?? 0}`;
  return least ? `${least} to ${most}` : `at most ${most}`;
}

/** zod gives whole numbers the largest safe integer as a limit, which is none. */
function range({ minimum, exclusiveMinimum, maximum = Number.MAX_SAFE_INTEGER }: JsonSchema): string {
  const least = exclusiveMinimum === undefined ? `of at least ${minimum ?? 0}` : `above ${exclusiveMinimum}`;
  return ` ${least}${maximum < Number.MAX_SAFE_INTEGER ? ` and at most ${maximum}` : ''}`;
}

/** The keys of mappings, those of each alternative included. */
function keysOf(schemas: readonly JsonSchema[]): readonly string[] {
  const all = schemas.flatMap((schema) => schema.oneOf ?? schema.anyOf ?? [schema]);
  return [...new Set(all.flatMap(({ properties = {} }) => Object.keys(properties)))];
}

function unknownKey(
  { path }: Issue,
  key: string,
  { input, schema }: { readonly input: unknown; readonly schema: JsonSchema },
): LocatedFault {
  const keys = [...path, key];
  const value = valueAt(input, path);
  const known = keysOf(schemasAt(schema, path, input).flatMap((one) => choices(one, value)));
  const meant = didYouMean(key, known);
  return {
    keys,
    path: keyPath(keys),
    found: describeValue(valueAt(input, keys)),
    allowed: `the keys ${known.join(', ')}`,
    hint: meant ? `unknown key, did you mean ${meant}?` : 'unknown key',
  };
}

/** Ids that stand twice among the rules or among the exemptions, and forecasts that would stop work. */
export function crossFaults(input: unknown): readonly LocatedFault[] {
  return [...duplicateIds(input, 'rules'), ...duplicateIds(input, 'exemptions'), ...forecastStops(input)];
}

function duplicateIds(input: unknown, list: 'rules' | 'exemptions'): readonly LocatedFault[] {
  const firstAt = new Map<unknown, number>();
  return entries(input, [list]).flatMap((entry, index) => {
    const id = valueAt(entry, ['id']);
    const first = firstAt.get(id);
    if (first === undefined) firstAt.set(id, index);
    if (typeof id !== 'string' || first === undefined) return [];
    const keys = [list, index, 'id'];
    const hint = `${keyPath([list, first])} has this id already`;
    const allowed = 'an id that no other entry of the list has';
    return [{ keys, path: keyPath(keys), found: describeValue(id), hint, allowed }];
  });
}

/** Thresholds that would stop work for what has not been spent yet. */
function forecastStops(input: unknown): readonly LocatedFault[] {
  return entries(input, ['rules']).flatMap((_, rule) =>
    entries(input, ['rules', rule, 'thresholds']).flatMap((threshold, index) => {
      const action = valueAt(threshold, ['action']);
      const stops = action === 'stop-queued' || action === 'stop-all';
      if (!stops || valueAt(threshold, ['basis']) !== 'forecast') return [];
      const keys = ['rules', rule, 'thresholds', index, 'action'];
      const allowed = 'notify, or the basis spent or worst-case';
      return [
        {
          keys,
          path: keyPath(keys),
          found: describeValue(action),
          hint: 'a forecast stops nothing',
          allowed,
        },
      ];
    }),
  );
}

function entries(input: unknown, keys: readonly PropertyKey[]): readonly unknown[] {
  const list = valueAt(input, keys);
  return Array.isArray(list) ? list : [];
}

/** The candidate that a person most likely meant, if one is close; case does not matter. */
function didYouMean(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > 64) return undefined;
  const byLowerCase = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  const maxDistance = Math.max(1, Math.floor(text.length / 3));
  const closest = closestMatch(text.toLowerCase(), [...byLowerCase.keys()], { maxDistance });
  return closest === undefined ? undefined : byLowerCase.get(closest);
}

/**
 * The schemas that apply to what stands at `keys`: several where the schema offers a choice that the input does not settle, none
 * where no such key exists.
 */
function schemasAt(root: JsonSchema, keys: readonly PropertyKey[], input: unknown): readonly JsonSchema[] {
  let schemas: readonly JsonSchema[] = [root];
  let value = input;
  for (const key of keys) {
    schemas = schemas.flatMap((schema) => choices(schema, value)).flatMap((schema) => child(schema, key));
    value = valueAt(value, [key]);
  }
  return schemas;
}

/** The alternatives of a schema that agree with the constants in `value`; all of them when none agrees. */
function choices(schema: JsonSchema, value: unknown): readonly JsonSchema[] {
  const all = schema.oneOf ?? schema.anyOf;
  if (!all) return [schema];
  const agreeing = all.filter(({ properties = {} }) =>
    Object.entries(properties).some(
      ([key, member]) => member.const !== undefined && member.const === valueAt(value, [key]),
    ),
  );
  return agreeing.length > 0 ? agreeing : all;
}

function child({ items, properties }: JsonSchema, key: PropertyKey): readonly JsonSchema[] {
  if (typeof key === 'number') return items ? [items] : [];
  const name = String(key);
  const found = properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return found ? [found] : [];
}

/** Keys from the top of the policy down as one text: `rules[2].thresholds[0].percent`; `(policy)` for the top itself. */
export function keyPath(keys: readonly PropertyKey[]): string {
  if (keys.length === 0) return '(policy)';
  const step = (key: PropertyKey) => {
    if (typeof key === 'number') return `[${key}]`;
    const text = String(key);
    return /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(text) ? `.${text}` : `[${describeValue(text)}]`;
  };
  return keys.map(step).join('').replace(/^\./, '');
}

/** What stands at `keys` in `input`; undefined when nothing does. */
function valueAt(input: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.getOwnPropertyDescriptor(value, key)?.value;
  }, input);
}

/** Any value as one short plain line, like JSON; `nothing` for undefined. Only the first level of what is nested is shown. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' && typeof value !== 'string') return plain(String(value), MAX_SHOWN);
  const shallow = (key: string, inner: unknown): unknown => {
    if (typeof inner === 'bigint') return String(inner);
    return key !== '' && typeof inner === 'object' && inner !== null ? '...' : inner;
  };
  return plain(JSON.stringify(value, shallow) ?? 'an object', MAX_SHOWN);
}

/** Faults that a message shows; the rest is counted. */
const MAX_FAULTS = 50;

/** One thing that is wrong in a policy. All members are for people; values are shortened. */
export interface Fault {
  /** Where: a key path such as `rules[2].thresholds[0].percent`, `(policy)` for the whole, or a line and column of the text. */
  readonly path: string;
  /** The value that stands there, as JSON; `nothing` when it is missing. */
  readonly found: string;
  /** What may stand there. */
  readonly allowed: string;
  /** What else helps: an unknown key, the entry that has this id already, a name that is close. */
  readonly hint?: string;
  /** Where it stands in the text, when the policy came from a text. Both are counted from 1. */
  readonly position?: { readonly line: number; readonly column: number };
}

/**
 * A policy that cannot be used; `message` has one line for each of the first faults, and the count of the rest.
 * `POLICY_INVALID`: its content is wrong. `POLICY_UNREADABLE`: there is no content.
 */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code: 'POLICY_INVALID' | 'POLICY_UNREADABLE';
  /** The first of them. */
  readonly faults: readonly Fault[];

  /** @param options `source` is the file that the policy stands in, if any; `count` is of all faults, where `faults` are only the first */
  constructor(
    faults: readonly Fault[],
    options: {
      readonly source?: string;
      readonly code?: PolicyError['code'];
      readonly cause?: unknown;
      readonly count?: number;
    } = {},
  ) {
    const { source, code = 'POLICY_INVALID', cause, count = faults.length } = options;
    const shown = faults.slice(0, MAX_FAULTS);
    const rest = count > shown.length ? [`and ${count - shown.length} more faults`] : [];
    const lines = [...shown.map((fault) => line(fault, source)), ...rest];
    super(lines.join('\n'), cause === undefined ? {} : { cause });
    this.code = code;
    this.faults = shown;
  }
}

function line({ path, found, allowed, hint, position }: Fault, source: string | undefined): string {
  const where = position ? `${source ?? 'policy'}:${position.line}:${position.column}` : source;
  const prefix = where === undefined ? '' : `${where}: `;
  return `${prefix}${path}: found ${found}${hint ? ` (${hint})` : ''}; allowed: ${allowed}`;
}
