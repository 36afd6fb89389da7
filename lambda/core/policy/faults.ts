import { allowedKeys, allowedText, allowedTexts, schemasAt } from './allowed.ts';
import { describeValue } from './describe-value.ts';
import { didYouMean } from './did-you-mean.ts';
import type { ExplainedSchema } from './json-schema.ts';
import { keyPath, valueAt } from './key-path.ts';
import type { Fault } from './policy-error.ts';
import { timeZoneNames } from './time-zone.ts';

/** What the checker reports, as far as it is used here; `errors` are those of each alternative of a choice. */
export interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/** A fault, still with the keys that lead to it. */
export interface LocatedFault extends Fault {
  readonly keys: readonly PropertyKey[];
}

/** Explains what the checker found in `input`, one fault for each wrong value or key. */
export function faultsOf(
  issues: readonly Issue[],
  input: unknown,
  schema: ExplainedSchema,
): readonly LocatedFault[] {
  return issues.flatMap((issue) => simplify(issue, input)).flatMap((issue) => explain(issue, input, schema));
}

/**
 * Of a choice that failed, the alternative that has exactly the given keys tells what is wrong. When none has, the
 * choice itself is the fault.
 */
function simplify(issue: Issue, input: unknown): readonly Issue[] {
  const alternatives = (issue.errors ?? []).map((errors) =>
    errors.map((error) => ({ ...error, path: [...issue.path, ...error.path] })),
  );
  const fitting = alternatives.find((errors) =>
    errors.every(({ code, path }) => code !== 'unrecognized_keys' && valueAt(input, path) !== undefined),
  );
  return fitting ?? [issue];
}

function explain(issue: Issue, input: unknown, schema: ExplainedSchema): readonly LocatedFault[] {
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => unknownKey(issue.path, key, input, schema));
  }
  return [wrongValue(issue.path, input, schema)];
}

function wrongValue(keys: readonly PropertyKey[], input: unknown, schema: ExplainedSchema): LocatedFault {
  const schemas = schemasAt(schema, keys, input);
  const value = valueAt(input, keys);
  const names = keys.at(-1) === 'timezone' ? timeZoneNames() : allowedTexts(schemas);
  const meant = typeof value === 'string' ? didYouMean(value, names) : undefined;
  return {
    keys,
    path: keyPath(keys),
    found: describeValue(value),
    allowed: allowedText(schemas),
    ...(meant ? { hint: `did you mean ${meant}?` } : {}),
  };
}

function unknownKey(
  parent: readonly PropertyKey[],
  key: string,
  input: unknown,
  schema: ExplainedSchema,
): LocatedFault {
  const keys = [...parent, key];
  const known = allowedKeys(schemasAt(schema, parent, input), valueAt(input, parent));
  const meant = didYouMean(key, known);
  return {
    keys,
    path: keyPath(keys),
    found: describeValue(valueAt(input, keys)),
    allowed: `the keys ${known.join(', ')}`,
    hint: meant ? `unknown key, did you mean ${meant}?` : 'unknown key',
  };
}
