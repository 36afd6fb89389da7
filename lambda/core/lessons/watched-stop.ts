import type { AuditRecord, StoredAuditRecord } from '../audit-record.ts';
import type { StopScope } from '../decision.ts';
import { LIFETIME_HOURS } from '../inventory/settle.ts';
import type { Billing } from '../service.ts';

/** A stop that would have been made, and whose work is followed to its end. Once for each work and rule. */
export interface WatchedStop {
  readonly arn: string;
  readonly kind: 'job' | 'session';
  /** Id of the rule, `budget:<name>` or `alarm:<name>`. */
  readonly rule: string;
  /** The rule as it stood then, by `ruleVersion`; absent for messages of AWS, which are no rules. */
  readonly ruleVersion?: string;
  /** When it would have been stopped. Epoch milliseconds. */
  readonly at: number;
  /** The stop would have held only while the work had not started. */
  readonly only: StopScope;
  /** Absent: nobody could tell. */
  readonly billing?: Billing;
  /** Minutes that the work may run; absent: the service's own. */
  readonly timeoutMinutes?: number;
  /** Its `WouldStop` record, written after the watch was opened, and again where that was cut off. */
  readonly record: AuditRecord;
}

/** What a watch needs besides the record: what the record does not keep. */
export type Watched = Pick<WatchedStop, 'kind' | 'only' | 'billing' | 'timeoutMinutes'>;

/** Hours after which nothing is waited for any more: no work lives that long, and a day more for what could not be read. */
export const WATCH_HOURS = LIFETIME_HOURS + 24;

export function watchKey({ arn, rule }: Pick<WatchedStop, 'arn' | 'rule'>): string {
  return `${arn}#${rule}`;
}

export function isOutlived({ at }: WatchedStop, now: number): boolean {
  return now - at > WATCH_HOURS * 3_600_000;
}

/**
 * @param stored the record of the same would-be stop when there is one: then it was earlier, and its moment is the one that
 * counts
 * @param now epoch milliseconds
 */
export function watchedStop(
  record: AuditRecord,
  { kind, only, billing, timeoutMinutes }: Watched,
  stored: StoredAuditRecord | undefined,
  now: number,
): WatchedStop {
  const earlier = stored ? Date.parse(stored.at) : Number.NaN;
  const first = stored ?? record;
  const { rule = '' } = first;
  const version = first.details?.ruleVersion;
  return {
    arn: record.subject,
    kind,
    rule,
    ...(typeof version === 'string' && { ruleVersion: version }),
    at: Number.isNaN(earlier) ? now : earlier,
    only,
    ...(billing !== undefined && { billing }),
    ...(timeoutMinutes !== undefined && { timeoutMinutes }),
    record: first,
  };
}
