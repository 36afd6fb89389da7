import { crossFaults, type Fault, faultsOf, type LocatedFault, PolicyError } from './faults.ts';
import { type Policy, policySchema } from './schema.ts';
import { decode, readYaml } from './yaml.ts';

/**
 * Checks a policy and fills in its defaults. A policy that was parsed before comes back equal.
 * @throws PolicyError with everything that is wrong with it
 */
export function parsePolicy(input: unknown): Policy {
  const checked = check(input);
  if (checked.policy) return checked.policy;
  throw new PolicyError(checked.faults.map(withoutKeys), { count: checked.count });
}

/**
 * Reads and checks a policy written in YAML. `source` names the text in messages.
 * @throws PolicyError with the place of everything that is wrong
 */
export function policyFromText(bytes: Uint8Array | string, source: string): Policy {
  const { value, positionOf } = readYaml(decode(bytes, source), source);
  const checked = check(value);
  if (checked.policy) return checked.policy;
  const placed = checked.faults
    .map((fault) => ({ fault, position: positionOf(fault.keys) ?? { line: 1, column: 1 } }))
    .sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
  throw new PolicyError(
    placed.map(({ fault, position }) => ({ ...withoutKeys(fault), position })),
    { source, count: checked.count },
  );
}

function check(
  input: unknown,
):
  | { readonly policy: Policy }
  | { readonly policy?: undefined; readonly faults: readonly LocatedFault[]; readonly count: number } {
  const result = policySchema.safeParse(input);
  const { faults, count } = result.success ? { faults: [], count: 0 } : faultsOf(result.error.issues, input);
  const cross = crossFaults(input);
  if (result.success && cross.length === 0) return { policy: result.data };
  return { faults: [...faults, ...cross], count: count + cross.length };
}

/** A fault without what only finds its place in the text. */
function withoutKeys({ keys: _, ...fault }: LocatedFault): Fault {
  return fault;
}
