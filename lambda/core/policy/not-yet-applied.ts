import { valueAt } from './key-path.ts';
import { policySchema } from './schema.ts';

/** Keys that are accepted so that a policy can be written for them already, but that nothing reads yet. */
const UNUSED = ['maxStopsPerHour', 'breaker', 'maxAttempts'] as const;

/**
 * Key paths that `input` sets although they have no effect yet, such as `safety.maxAttempts`; for warnings.
 * A parsed policy has every key, so of a policy that has them all only those are told that differ from their default.
 */
export function notYetApplied(input: unknown): readonly string[] {
  const defaults = policySchema.shape.safety.parse({});
  const set = UNUSED.filter((key) => valueAt(input, ['safety', key]) !== undefined);
  const told =
    set.length < UNUSED.length
      ? set
      : set.filter((key) => !same(valueAt(input, ['safety', key]), defaults[key]));
  return told.map((key) => `safety.${key}`);
}

function same(value: unknown, other: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(other);
}
