import { readFileSync } from 'node:fs';
import type { Policy } from './core/policy/schema.ts';

/** The policy as it was checked and parsed at synth, with its version. */
export interface DeployedPolicy {
  readonly version: string;
  readonly policy: Policy;
}

/** The policy beside the bundle is missing, or not what synth writes. */
export class PolicyFileError extends Error {
  override readonly name = 'PolicyFileError';
  readonly code = 'POLICY_FILE';
}

/**
 * Reads the policy that synth wrote beside the handler's bundle, once, at cold start.
 * @throws PolicyFileError
 */
export function readPolicyFile(url: URL): DeployedPolicy {
  const deployed = parse(url);
  if (!isDeployedPolicy(deployed)) throw notOurs(url);
  return deployed;
}

function parse(url: URL): unknown {
  try {
    return JSON.parse(readFileSync(url, 'utf8'));
  } catch (error) {
    throw notOurs(url, error);
  }
}

function notOurs({ pathname }: URL, cause?: unknown): PolicyFileError {
  return new PolicyFileError(`${pathname} is not a policy that synth wrote; deploy the stack again`, {
    cause,
  });
}

/** Synth has checked every key; here only that it is that file and that version of it. */
function isDeployedPolicy(value: unknown): value is DeployedPolicy {
  if (typeof value !== 'object' || value === null || !('version' in value) || !('policy' in value))
    return false;
  const { version, policy } = value;
  return (
    typeof version === 'string' &&
    typeof policy === 'object' &&
    policy !== null &&
    'version' in policy &&
    policy.version === 1 &&
    'rules' in policy &&
    Array.isArray(policy.rules)
  );
}
