import { duplicateIds } from './duplicate-ids.ts';
import { faultsOf, type LocatedFault } from './faults.ts';
import { forecastStops } from './forecast-stops.ts';
import { explainedSchema } from './json-schema.ts';
import { type Fault, PolicyError } from './policy-error.ts';
import { type Policy, policySchema } from './schema.ts';

const EXPLAINED = explainedSchema();

/**
 * Checks a policy and fills in its defaults. An already parsed policy comes back equal.
 * @throws PolicyError with everything that is wrong with it
 */
export function parsePolicy(input: unknown): Policy {
  const result = checkPolicy(input);
  if (result.policy) return result.policy;
  throw new PolicyError(result.faults.map(withoutKeys));
}

/** The policy, or its faults with the keys that lead to them. */
export type Checked =
  | { readonly policy: Policy; readonly faults?: undefined }
  | { readonly policy?: undefined; readonly faults: readonly LocatedFault[] };

/** The same check, for those who know where in a text the keys stand. */
export function checkPolicy(input: unknown): Checked {
  const result = policySchema.safeParse(input);
  const issues = result.success ? [] : faultsOf(result.error.issues, input, EXPLAINED);
  const faults = [...issues, ...duplicateIds(input), ...forecastStops(input)];
  return result.success && faults.length === 0 ? { policy: result.data } : { faults };
}

/** A fault as it is told. */
export function withoutKeys({ keys: _, ...fault }: LocatedFault): Fault {
  return fault;
}
