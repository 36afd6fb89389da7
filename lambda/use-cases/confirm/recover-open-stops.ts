import pMap from 'p-map';
import { parseArn } from '../../core/arn.ts';
import type { AuditEvent, StoredAuditRecord } from '../../core/audit-record.ts';
import { type FollowUp, followUpOf } from '../../core/stops/follow-up.ts';
import type { AuditLog, OpenStop, OpenStops, Tellings } from '../../ports.ts';

const DAY = 86_400_000;
/** Marks a state table that knows which stops are open. */
const RECOVERED = 'open stops are known';
/** After one of these an attempt needs no more following. */
const CLOSING: readonly AuditEvent[] = ['StopConfirmed', 'StopSkipped'];
/** Notes written at once. */
const AT_ONCE = 8;

export interface RecoverPorts {
  readonly audit: AuditLog;
  readonly openStops: Pick<OpenStops, 'open'>;
  readonly tellings: Tellings;
}

/**
 * Notes again which stops are to be followed, once for each state table: a lost one took the notes with it, and a stop that
 * nobody follows would never be confirmed or asked for again. They are those of the audit trail that were requested since
 * the day before today, which is longer than work lives after a stop, and have no closing record. The index by day may lag
 * by a moment; what is noted for nothing is closed by whoever follows it. `now` is epoch milliseconds.
 * @throws AwsCallError when a table does not answer; then it is done by the next sweep
 */
export async function recoverOpenStops(
  { audit, openStops, tellings }: RecoverPorts,
  now: number,
): Promise<void> {
  if (!(await tellings.claim(RECOVERED))) return;
  const days = [now - DAY, now].map((at) => new Date(at).toISOString().slice(0, 10));
  const records = (await Promise.all(days.map((day) => audit.onDay(day)))).flat();
  await pMap(unfinished(records), (stop) => openStops.open(stop), { concurrency: AT_ONCE });
  await tellings.told(RECOVERED);
}

/**
 * The last attempt of each job and session that was asked for, unless it is closed. What closes another one says nothing of
 * it: an order that found the work over skips the attempt after it.
 */
function unfinished(records: readonly StoredAuditRecord[]): readonly OpenStop[] {
  const last = new Map<string, StoredAuditRecord>();
  const closed = new Set<string>();
  for (const record of records) {
    const { subject, event, attempt = 1 } = record;
    if (event === 'StopRequested' && attempt >= (last.get(subject)?.attempt ?? 0)) last.set(subject, record);
    if (CLOSING.includes(event)) closed.add(attemptKey(record));
  }
  return [...last.values()]
    .filter((record) => !closed.has(attemptKey(record)))
    .flatMap((record) => toOpenStop(record, followUpOf(record)));
}

function attemptKey({ subject, attempt = 1 }: StoredAuditRecord): string {
  return `${subject}#${attempt}`;
}

function toOpenStop({ subject, attempt = 1, at, actor }: StoredAuditRecord, followUp: FollowUp): OpenStop[] {
  const kind = parseArn(subject)?.kind;
  if (kind !== 'job' && kind !== 'session') return [];
  return [{ arn: subject, kind, attempt, requestedAt: Date.parse(at), actor, ...followUp }];
}
