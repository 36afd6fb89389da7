import { createHash } from 'node:crypto';

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
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
