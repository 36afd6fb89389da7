import type { Counters, DeviceMinutes, Usage } from '../model.ts';
import { NO_MINUTES, withoutDrift } from '../money.ts';
import { HOUR, MINUTE } from '../time.ts';
import { finalMinutes, LIFETIME_HOURS, settlement } from '../usage/settle.ts';
import { coverage, type Listed } from './inventory-listing.ts';
import type { ListingMemory, Unsettled } from './project-memory.ts';

/** Age that an item must have before the watermark may pass it, as clocks differ and a listing may lag. Milliseconds. */
const LAG = 5 * MINUTE;
/** A run or session with the best estimate of its minutes. */
export interface Countable {
  readonly facts: Omit<Usage, 'created' | 'minutes' | 'remaining' | 'basis' | 'estimateError'>;
  readonly completed: boolean;
  readonly counters: Counters;
  readonly created?: number;
  readonly started?: number;
  readonly stopped?: number;
  /** Minutes from its jobs or its own clock; absent when they were not read or could not be. */
  readonly estimate?: DeviceMinutes;
  /** What it can still use before its timeout; absent when that is not known, and once it is completed. */
  readonly remaining?: DeviceMinutes;
  /** It has ended, and only its counters can say more of its minutes. */
  readonly jobsRead?: boolean;
}

/** Whether the ledger holds work that has ended, or no figure needs it. */
export function inLedger(
  memory: ListingMemory,
  from: number,
  before: Readonly<Record<string, Unsettled>>,
): (arn: string, created: number | undefined) => boolean {
  const ahead = new Set(memory.ahead);
  const mark = coverage(memory, from)?.through ?? from;
  return (arn, created) =>
    before[arn] === undefined && (ahead.has(arn) || (created !== undefined && created < mark));
}

/**
 * Settles what has ended, estimates the rest, and moves the watermark.
 * @param before what this listing left unsettled at the last sweep and the service still knows, by ARN
 */
export function settleListing(
  listing: Pick<Listed<Countable>, 'items' | 'complete' | 'from' | 'endsEmpty'>,
  memory: ListingMemory,
  before: Readonly<Record<string, Unsettled>>,
  now: number,
): {
  /** Newly settled, for the ledger. */
  readonly settled: readonly Usage[];
  /** Without final minutes; also what was not seen, as it was. */
  readonly unsettled: readonly Unsettled[];
  readonly memory: ListingMemory;
  readonly problems: readonly string[];
} {
  const covered = coverage(memory, listing.from);
  const isKnown = inLedger(memory, listing.from, before);
  const ahead = new Set(memory.ahead);
  const results = listing.items
    .filter(({ facts: { arn }, completed, created }) => !(completed && isKnown(arn, created)))
    .map((item) => ({ item, counted: count(item, before[item.facts.arn], now) }));
  const listed = new Set(listing.items.map(({ facts: { arn } }) => arn));
  const counted = results.flatMap((one) => one.counted ?? []);
  const unsettled = [
    ...counted.filter(({ usage }) => usage.basis === 'inFlight'),
    ...Object.values(before).filter(({ usage }) => !listed.has(usage.arn)),
  ];
  const settled = counted.map(({ usage }) => usage).filter(({ basis }) => basis !== 'inFlight');
  const timeless = results.flatMap((one) => (one.counted ? [] : [one.item.facts.arn]));
  for (const arn of [...timeless, ...settled.map((usage) => usage.arn)]) ahead.add(arn);
  const watermark = listing.complete
    ? {
        from: covered?.from ?? listing.from,
        through: listing.endsEmpty
          ? (covered?.through ?? listing.from)
          : through(unsettled, covered?.through, now),
      }
    : memory.settled;
  return {
    settled,
    unsettled,
    memory: {
      ...(watermark && { settled: watermark }),
      ahead: stillAhead(ahead, listing, watermark?.through),
    },
    problems: timeless.map((arn) => `${arn} has no time at all: it counts in no period`),
  };
}

/** Settled unless its basis is `inFlight`. `undefined`: it has no time at all. */
function count(item: Countable, before: Unsettled | undefined, now: number): Unsettled | undefined {
  const { counters, stopped, completed, jobsRead = before?.jobsRead ?? false } = item;
  const created =
    item.created ?? before?.usage.created ?? item.started ?? stopped ?? (completed ? undefined : now);
  if (created === undefined) return undefined;
  const last = lastKnown(item, before);
  const usage = (minutes: DeviceMinutes, basis: Usage['basis']): Usage => ({
    ...item.facts,
    created,
    minutes,
    basis,
  });
  if (!completed) {
    const remaining = item.remaining ?? before?.usage.remaining;
    const inFlight = usage(last, 'inFlight');
    return { usage: remaining ? { ...inFlight, remaining } : inFlight };
  }
  const completedSince = before?.completedSince ?? stopped ?? now;
  const lastEstimate = before?.completedSince === undefined ? before?.usage.minutes : before.lastEstimate;
  const counted = finalMinutes(counters);
  const wait = (minutes: DeviceMinutes): Unsettled => ({
    usage: usage(minutes, 'inFlight'),
    completedSince,
    ...(lastEstimate && { lastEstimate }),
    ...(jobsRead && { jobsRead }),
  });
  // Work may outlive the documented limits: its age proves neither that counters will not come, nor the end of watched work.
  const ageTells = lastEstimate === undefined && counted !== undefined;
  const result = settlement({ counters, stopped, completedSince, ...(ageTells && { created }) }, now);
  if (result === 'wait') return wait(counted?.total ? counted : last);
  if (result === 'estimate') return jobsRead ? { usage: usage(last, 'estimated') } : wait(last);
  return { usage: { ...usage(result, 'final'), ...errorOf(lastEstimate, result) } };
}

function errorOf(estimate: DeviceMinutes | undefined, final: DeviceMinutes): Pick<Usage, 'estimateError'> {
  const billed = ({ metered, unmetered }: DeviceMinutes) => metered + unmetered;
  return estimate ? { estimateError: withoutDrift(billed(final) - billed(estimate)) } : {};
}

/** Work that ended and does not say how long it ran still ran as long as it was last estimated: absent is not zero. */
function lastKnown({ completed, estimate }: Countable, before: Unsettled | undefined): DeviceMinutes {
  const says = estimate && !(completed && estimate.total === 0) ? estimate : undefined;
  return says ?? before?.usage.minutes ?? NO_MINUTES;
}

/**
 * Everything created before the watermark is settled, so the oldest unsettled item holds it. It never moves back. What is
 * unsettled for longer than any run can live is read by itself from then on, or all history would be read again.
 */
function through(unsettled: readonly Unsettled[], previous: number | undefined, now: number): number {
  const oldest = unsettled
    .map(({ usage: { created } }) => created)
    .filter((created) => created >= now - LIFETIME_HOURS * HOUR)
    .reduce((a, b) => Math.min(a, b), now - LAG);
  return Math.max(previous ?? oldest, oldest);
}

/**
 * Settled items that the watermark has not passed. One that a complete listing no longer shows lies below it, or is deleted.
 */
function stillAhead(
  ahead: ReadonlySet<string>,
  listing: Parameters<typeof settleListing>[0],
  mark: number | undefined,
): readonly string[] {
  const created = new Map(listing.items.map((item) => [item.facts.arn, item.created]));
  return [...ahead].filter((arn) => {
    if (!created.has(arn)) return !listing.complete || listing.endsEmpty === true;
    const at = created.get(arn);
    return at === undefined || mark === undefined || at >= mark;
  });
}
