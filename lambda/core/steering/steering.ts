import type { AuditEvent, StoredAuditRecord } from '../audit-record.ts';
import type { Protection } from './protection.ts';

/** How people steer the guard at one moment, by their messages. */
export interface Steering {
  /** Rules and messages of AWS stop nothing while there is one. */
  readonly pause?: Pause;
  /** Runs and projects that are exempt. */
  readonly exemptions: readonly Protection[];
}

/** `unknown`: whether there is a pause, and what is exempt, could not be read. */
export interface Pause {
  readonly kind: 'paused' | 'unknown';
  /** Such as `paused until 2026-11-24T12:00:00.000Z (ada asked by message: store release)`. */
  readonly sentence: string;
}

/** Until it is known what people asked for, nothing is stopped. */
export const UNKNOWN_STEERING: Steering = {
  pause: { kind: 'unknown', sentence: 'pauses and exemptions could not be read' },
  exemptions: [],
};

/** What a steering record holds in its `details`. */
export interface SteeringDetails {
  /** ISO 8601: when a pause or an exemption ends. */
  readonly until?: string;
  /** ARN of the run or project of an exemption. */
  readonly target?: string;
  /** Who asked and why. */
  readonly words?: string;
  /** ISO 8601: when the message was sent. */
  readonly sentAt?: string;
}

/** The subject under which steering is kept, and how the ids of its records begin. */
export const STEERING_SUBJECT = 'guard';
export const STEERING_PREFIXES = ['Guard', 'Exemption'] as const;

/** Hours that a policy may let a pause or an exemption by message last at most. */
export const LONGEST_HOURS = 744;
/**
 * Days that a steering record is kept at least, whatever the retention: one day longer than anything lasts that it says or
 * revokes. A lost grant would stop exempt work, a lost revocation would bring the grant back.
 */
export const KEEP_STEERING_DAYS = LONGEST_HOURS / 24 + 1;

const EVENTS: readonly AuditEvent[] = ['GuardPaused', 'GuardResumed', 'ExemptionGranted', 'ExemptionRevoked'];

export function isSteering(event: AuditEvent): boolean {
  return EVENTS.includes(event);
}

/**
 * What holds at `now` (epoch milliseconds) after these records, which count in the order of their writing. Of several pauses,
 * or exemptions of one target, the longest holds until it is taken back; taking back takes all of them, but none that was asked
 * for later: messages can overtake each other.
 */
export function steeringAt(records: readonly StoredAuditRecord[], now: number): Steering {
  const standing = records.toSorted(byTime).reduce<readonly StoredAuditRecord[]>(apply, []);
  const live = standing.filter((record) => !hasEnded(record, now)).toSorted(longestFirst);
  const pause = live.find(({ event }) => event === 'GuardPaused');
  const exemptions = live.flatMap((record) => (record.event === 'ExemptionGranted' ? exempt(record) : []));
  return pause ? { pause: asPause(pause), exemptions } : { exemptions };
}

function apply(standing: readonly StoredAuditRecord[], record: StoredAuditRecord) {
  switch (record.event) {
    case 'GuardPaused':
    case 'ExemptionGranted':
      return [...standing, record];
    case 'GuardResumed':
      return standing.filter((one) => one.event !== 'GuardPaused' || isSentAfter(one, record));
    case 'ExemptionRevoked':
      return standing.filter(
        (one) =>
          one.event !== 'ExemptionGranted' ||
          detailsOf(one).target !== detailsOf(record).target ||
          isSentAfter(one, record),
      );
    default:
      return standing;
  }
}

/** A record that does not say when its message was sent stands for the moment of its writing. */
function isSentAfter(one: StoredAuditRecord, other: StoredAuditRecord): boolean {
  const sent = (record: StoredAuditRecord) => detailsOf(record).sentAt ?? record.at;
  return sent(one) > sent(other);
}

function asPause(record: StoredAuditRecord): Pause {
  const { until = 'somebody resumes', words } = detailsOf(record);
  return { kind: 'paused', sentence: `paused until ${until} (${words ?? record.actor})` };
}

function exempt(record: StoredAuditRecord): readonly Protection[] {
  const { target, until = 'it is revoked', words } = detailsOf(record);
  if (target === undefined) return [];
  const id = `message:${record.id.split('#').at(-1)}`;
  return [{ id, target, sentence: `exemption ${id} until ${until} (${words ?? record.actor})` }];
}

/** An end that cannot be read has not come: unknown is no reason to stop. */
function hasEnded(record: StoredAuditRecord, now: number): boolean {
  return Date.parse(detailsOf(record).until ?? '') <= now;
}

function detailsOf({ details = {} }: StoredAuditRecord): SteeringDetails {
  const { until, target, words, sentAt } = details;
  return {
    ...(typeof until === 'string' && { until }),
    ...(typeof target === 'string' && { target }),
    ...(typeof words === 'string' && { words }),
    ...(typeof sentAt === 'string' && { sentAt }),
  };
}

function byTime(a: StoredAuditRecord, b: StoredAuditRecord): number {
  return compare(a.at, b.at) || compare(a.id, b.id);
}

function longestFirst(a: StoredAuditRecord, b: StoredAuditRecord): number {
  const end = (record: StoredAuditRecord) => Date.parse(detailsOf(record).until ?? '') || Infinity;
  return Number(end(a) < end(b)) - Number(end(a) > end(b)) || byTime(a, b);
}

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
