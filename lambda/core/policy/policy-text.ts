import { checkPolicy, withoutKeys } from './parse-policy.ts';
import { PolicyError } from './policy-error.ts';
import type { Policy } from './schema.ts';
import { readYaml } from './yaml-text.ts';

/**
 * Reads and checks a policy written in YAML. `source` names the text in messages.
 * @throws PolicyError with the place of everything that is wrong
 */
export function policyFromText(text: string, source: string): Policy {
  const { value, positionOf } = readYaml(text, source);
  const { policy, faults } = checkPolicy(value);
  if (policy) return policy;
  const placed = faults
    .map((fault) => ({ fault, position: positionOf(fault.keys) ?? { line: 1, column: 1 } }))
    .sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
  throw new PolicyError(
    placed.map(({ fault, position }) => ({ ...withoutKeys(fault), position })),
    { source },
  );
}
