import { policyVersion } from '../lambda/core/policy/policy-version.ts';
import type { Policy } from '../lambda/core/policy/schema.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';

/** A policy file that holds a valid policy. */
export interface PolicySource {
  /** Its path as it was given. */
  readonly file: string;
  readonly policy: Policy;
  /** What audit records call this content. */
  readonly version: string;
}

/**
 * Reads and checks a policy file as synth does.
 * @throws PolicyError when it cannot be read or is not a valid policy
 */
export function readPolicy(file: string): PolicySource {
  const policy = policyFromFile(file);
  return { file, policy, version: policyVersion(policy) };
}
