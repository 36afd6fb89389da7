import type { AuditEvent, AuditRecord, StoredAuditRecord } from '../core/audit-record.ts';
import { isSteering, KEEP_STEERING_DAYS } from '../core/steering/steering.ts';
import type { AuditLog, AuditTrail } from '../ports.ts';
import { malformedItem } from './state/malformed-item.ts';
import type { Table } from './table.ts';

/** Name of the index by UTC day of writing. The guard decides nothing by it. */
export const BY_DAY = 'byDay';

/**
 * The audit trail in its table. A put overwrites nothing, whatever it is asked.
 * @param clock epoch milliseconds, for the time of writing
 */
export function auditTrail(
  table: Table,
  { clock, retentionDays }: { readonly clock: () => number; readonly retentionDays?: number },
): AuditTrail & AuditLog {
  return {
    async add(record) {
      const now = clock();
      const at = new Date(now).toISOString();
      const days =
        retentionDays && Math.max(retentionDays, isSteering(record.event) ? KEEP_STEERING_DAYS : 0);
      const expires = days && Math.floor(now / 1000) + days * 86_400;
      const written = await table.put(
        { ...record, at, day: at.slice(0, 10), expires },
        { expression: 'attribute_not_exists(#subject)', names: { '#subject': 'subject' } },
      );
      return written ? 'written' : 'existed';
    },
    of: async (subject, prefix) =>
      (
        await table.query({
          key: ['subject', subject],
          ...(prefix !== undefined && { beginsWith: ['id', prefix] }),
        })
      ).map(toRecord),
    onDay: async (day) => (await table.query({ index: BY_DAY, key: ['day', day] })).map(toRecord),
  };
}

/** What the guard wrote itself comes back as it was; only the members that it depends on are looked at. Throws AwsCallError. */
function toRecord(item: Readonly<Record<string, unknown>>): StoredAuditRecord {
  const { subject, id, event, at, actor, reason } = item;
  for (const [name, value] of Object.entries({ subject, id, event, at, actor, reason })) {
    if (typeof value !== 'string') throw malformedItem(`audit record without ${name}`, item);
  }
  return item as unknown as AuditRecord & { at: string; day: string; event: AuditEvent };
}
