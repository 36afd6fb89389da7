import { AwsCallError } from '../errors.ts';
import type { AuditRecord, StoredAuditRecord } from '../model.ts';
import { isRecord } from '../text.ts';
import { DAY, iso, type Time, utcDay } from '../time.ts';
import { GUARD, ids, isControlEvent } from './ids.ts';
import type { Item, Table } from './table.ts';

/** Name of the index by UTC day of writing. AutoStop decides nothing by it. */
export const BY_DAY = 'byDay';
/** Days that a policy may let a pause or an exemption by message last at most. */
export const LONGEST_CONTROL_DAYS = 31;
/** A lost grant would stop exempt work, a lost revocation would bring the grant back: both outlive what they say. */
const KEEP_CONTROL_DAYS = LONGEST_CONTROL_DAYS + 1;
const KEEP_SWEEP_DAYS = 400;

/** Told of each record that is not one. */
export type OnMalformed = (what: string) => void;

/** The audit trail in its table. A put overwrites nothing, whatever it is asked. Every call may throw AwsCallError. */
export class AuditTrail {
  readonly #table: Table;
  readonly #time: Pick<Time, 'now'>;
  readonly #retentionDays: number | undefined;

  /** @param retentionDays days after which records expire; `undefined`: never */
  constructor(table: Table, time: Pick<Time, 'now'>, retentionDays?: number) {
    this.#table = table;
    this.#time = time;
    this.#retentionDays = retentionDays;
  }

  /** `existed`: a record with this subject and id is there already and was left as it is. */
  async add(record: AuditRecord): Promise<'written' | 'existed'> {
    const now = this.#time.now();
    const days = this.#daysFor(record);
    const item = {
      ...record,
      at: iso(now),
      day: utcDay(now),
      expires: days && Math.floor((now + days * DAY) / 1000),
    };
    const written = await this.#table.put(item, {
      expression: 'attribute_not_exists(#subject)',
      names: { '#subject': 'subject' },
    });
    return written ? 'written' : 'existed';
  }

  /** Records of a subject, all or those whose ids begin with `prefix`, in the order of their ids, by a consistent read. */
  async of(
    subject: string,
    prefix?: string,
    onMalformed?: OnMalformed,
  ): Promise<readonly StoredAuditRecord[]> {
    const sort = prefix === undefined ? undefined : { name: 'id', beginsWith: prefix };
    return records(await this.#table.query({ key: ['subject', subject], sort }), onMalformed);
  }

  /** Pauses and exemptions that were sent at `sentAt` or later. */
  async controlsSince(sentAt: number, onMalformed: OnMalformed): Promise<readonly StoredAuditRecord[]> {
    const sort = { name: 'id', ...ids.controlsSince(sentAt) };
    return records(await this.#table.query({ key: ['subject', GUARD], sort }), onMalformed);
  }

  /**
   * Records of one UTC day (`YYYY-MM-DD`), all or those that were written at `since` or later, in the order of writing, from an
   * index that lags: for people.
   */
  async onDay(day: string, onMalformed?: OnMalformed, since?: number): Promise<readonly StoredAuditRecord[]> {
    const sort = since === undefined ? undefined : { name: 'at', from: iso(since) };
    return records(await this.#table.query({ index: BY_DAY, key: ['day', day], sort }), onMalformed);
  }

  #daysFor({ event }: AuditRecord): number | undefined {
    if (event === 'SweepCompleted') return Math.min(this.#retentionDays ?? KEEP_SWEEP_DAYS, KEEP_SWEEP_DAYS);
    if (this.#retentionDays === undefined || !isControlEvent(event)) return this.#retentionDays;
    return Math.max(this.#retentionDays, KEEP_CONTROL_DAYS);
  }
}

/** Records as they were written. One that is malformed is told and left out, or thrown where nobody listens. */
function records(items: readonly Item[], onMalformed?: OnMalformed): readonly StoredAuditRecord[] {
  return items.flatMap((item) => {
    const missing = ['subject', 'id', 'event', 'at', 'actor', 'reason'].find(
      (name) => typeof item[name] !== 'string',
    );
    if (missing === undefined && isStored(item)) return [item];
    const what = `audit record ${String(item.subject)} ${String(item.id)} has no ${missing}`;
    if (!onMalformed)
      throw new AwsCallError('the audit trail', { name: 'MalformedItem', message: what, kind: 'other' });
    onMalformed(what);
    return [];
  });
}

/** AutoStop wrote the record itself: the members on which it depends have been looked at. */
function isStored(item: unknown): item is StoredAuditRecord {
  return isRecord(item);
}
