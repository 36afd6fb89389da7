import { readFileSync } from 'node:fs';
import { notYetApplied } from '../lambda/core/policy/not-yet-applied.ts';
import { PolicyError } from '../lambda/core/policy/policy-error.ts';
import { policyFromText } from '../lambda/core/policy/policy-text.ts';
import { policyVersion } from '../lambda/core/policy/policy-version.ts';
import type { Policy } from '../lambda/core/policy/schema.ts';
import { readYaml } from '../lambda/core/policy/yaml-text.ts';

/** A policy file that holds a valid policy. */
export interface PolicySource {
  /** Its path as it was given. */
  readonly file: string;
  readonly policy: Policy;
  /** What audit records call this content. */
  readonly version: string;
  /** Key paths in the file that have no effect yet. */
  readonly withoutEffect: readonly string[];
}

/**
 * Reads and checks a policy file. Messages name it as it was given, relative to where the caller stands.
 * @throws PolicyError when it cannot be read or is not a valid policy
 */
export function readPolicy(file: string): PolicySource {
  const text = read(file);
  const policy = policyFromText(text, file);
  return {
    file,
    policy,
    version: policyVersion(policy),
    withoutEffect: notYetApplied(readYaml(text, file).value),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const fault = { path: '(policy)', found, allowed: 'the path of a readable file with a policy in YAML' };
    throw new PolicyError([fault], { source: file, code: 'POLICY_UNREADABLE', cause: error });
  }
}
