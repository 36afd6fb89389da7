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
 * One entry of `rules`, as a person writes it: what must not happen, and to which work.
 * @example const long: Rule = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60, match: { billing: 'metered' } };
 */
export type Rule = PolicyInput['rules'][number];

/**
 * The rule of the type `budget`: what may be used in a day, week or month, and what happens above which percentage of it.
 * @example
 * const team: Budget = {
 *   id: 'team-budget',
 *   type: 'budget',
 *   period: 'month',
 *   limit: { usd: 500 },
 *   thresholds: [{ percent: 80, action: 'notify' }, { percent: 100, action: 'stop-queued' }],
 * };
 */
export interface Budget extends Extract<Rule, { readonly type: 'budget' }> {}

/**
 * Which work a rule or an exemption is about. Every key is optional, and all given keys must hold.
 * @example const nightly: Match = { projects: ['mobile-*'], runs: ['nightly-*'], work: 'jobs' };
 */
export interface Match extends Readonly<Exemption['match']> {}

/**
 * Work that rules must not stop until a given time. Every exemption ends.
 * @example
 * const release: Exemption = {
 *   id: 'release',
 *   match: { runs: ['release-*'] },
 *   until: '2030-01-01T00:00:00Z',
 *   owner: 'mobile team',
 *   reason: 'store release',
 * };
 */
export interface Exemption extends Readonly<NonNullable<PolicyInput['exemptions']>[number]> {}

/**
 * A policy written in TypeScript: checked at once, and with every default filled in.
 * @throws PolicyError with everything that is wrong with it
 * @example const policy = definePolicy({ version: 1, rules: [{ id: 'long', type: 'job-duration', maxMinutes: 60 }] });
 */
export function definePolicy(policy: PolicyInput): Policy {
  return parsePolicy(policy);
}
