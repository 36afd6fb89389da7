import { isRecord } from '../model.ts';
import type { Policy } from './schema.ts';

/** The policy as it was checked and parsed at synth, with its version. */
export interface DeployedPolicy {
  readonly version: string;
  readonly policy: Policy;
}

/** The policy beside the bundle is missing, or not what synth writes. */
export class DeployedPolicyError extends Error {
  override readonly name = 'DeployedPolicyError';
  readonly code = 'POLICY_FILE';
}

/**
 * Reads the text that synth wrote beside the handler's bundle. Synth has checked every key; here only that it is that text.
 * @throws DeployedPolicyError
 */
export function parseDeployedPolicy(text: string): DeployedPolicy {
  const deployed = parseJson(text);
  if (!isDeployed(deployed))
    throw new DeployedPolicyError(
      'policy.json beside the bundle is not what synth wrote; deploy the stack again',
    );
  return deployed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isDeployed(value: unknown): value is DeployedPolicy {
  return (
    isRecord(value) &&
    typeof value.version === 'string' &&
    isRecord(value.policy) &&
    value.policy.version === 1 &&
    Array.isArray(value.policy.rules)
  );
}
