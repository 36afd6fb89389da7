import { createHash } from 'node:crypto';
import type { Policy } from './schema.ts';

/**
 * Short name of a policy's content, for audit records: the first 12 hex digits of the SHA-256 of its JSON with sorted keys.
 * Two files with the same content have the same version, however they are written.
 */
export function policyVersion(policy: Policy): string {
  return createHash('sha256').update(JSON.stringify(policy, sorted)).digest('hex').slice(0, 12);
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
