import { createHash } from 'node:crypto';
import { isRecord, parseObject } from '../text.ts';
import type { Policy } from './schema.ts';

/** The policy beside the bundle is missing, or not what synth writes. */
export class DeployedPolicyError extends Error {
  override readonly name = 'DeployedPolicyError';
  readonly code = 'POLICY_FILE';
}

/**
 * Reads the text that synth wrote beside the handler's bundle. Synth has checked every key; here only that it is that text.
 * @throws DeployedPolicyError
 */
export function parseDeployedPolicy(text: string): { readonly version: string; readonly policy: Policy } {
  const deployed = parseObject(text);
  if (!isDeployed(deployed))
    throw new DeployedPolicyError(
      'policy.json beside the bundle is not what synth wrote; deploy the stack again',
    );
  return deployed;
}

function isDeployed(value: unknown): value is ReturnType<typeof parseDeployedPolicy> {
  return (
    isRecord(value) &&
    typeof value.version === 'string' &&
    isRecord(value.policy) &&
    value.policy.version === 1 &&
    Array.isArray(value.policy.rules)
  );
}

/**
 * Short name of a policy's content, for audit records: the first 12 hex digits of the SHA-256 of its JSON with sorted keys.
 * Two files with the same content have the same version, however they are written.
 */
export function policyVersion(policy: object): string {
  return hashOf(policy);
}

/** The same of one rule, whatever its mode: what a rule showed in observe mode holds until its limit or match changes. */
export function ruleVersion({ mode: _, ...rule }: { readonly mode?: string }): string {
  return hashOf(rule);
}

function hashOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content, sorted)).digest('hex').slice(0, 12);
}

function sorted(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
