import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PolicyError } from '../lambda/policy/faults.ts';
import { parsePolicy, policyFromText } from '../lambda/policy/load.ts';
import type { Policy, PolicyInput } from '../lambda/policy/schema.ts';

/**
 * Reads a policy file (YAML, hence also JSON). A relative path begins at the working directory.
 * @throws PolicyError when the file cannot be read or is not a valid policy; the message names its absolute path
 * @example
 * new AutoStop(this, 'AutoStop', { policy: policyFromFile('policy.yaml') });
 */
export function policyFromFile(path: string): Policy {
  const absolute = resolve(path);
  return policyFromText(read(absolute), absolute);
}

function read(absolute: string): Uint8Array {
  try {
    return readFileSync(absolute);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const fault = { path: '(policy)', found, allowed: 'the path of a readable file with a policy in YAML' };
    throw new PolicyError([fault], { source: absolute, code: 'POLICY_UNREADABLE', cause: error });
  }
}

/**
 * A policy written in TypeScript: checked at once, and with every default filled in.
 * @throws PolicyError with everything that is wrong with it
 * @example const policy = definePolicy({ version: 1, rules: [{ id: 'long', type: 'job-duration', maxMinutes: 60 }] });
 */
export function definePolicy(policy: PolicyInput): Policy {
  return parsePolicy(policy);
}
