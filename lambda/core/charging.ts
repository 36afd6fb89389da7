import { assertNever } from './assert-never.ts';
import type { Charge } from './charge.ts';
import type { Chargeable } from './chargeable.ts';
import { type DeviceMinutes, NO_MINUTES, settledMinutes } from './minutes.ts';
import type { ListingMemory, Unsettled } from './project-memory.ts';
import { LIFETIME_HOURS, settlement } from './settle.ts';

/** Age that an item must have before the mark may pass it, as clocks differ and a listing may lag. Milliseconds. */
const MARK_LAG = 5 * 60_000;

/** One listing of a project: its runs, or its sessions. */
export interface ChargeableListing {
  readonly items: readonly Chargeable[];
  /** Every item created at or after `from` is in the ledger or was seen. */
  readonly complete: boolean;
  readonly from: number;
}

export interface Charging {
  /** Newly settled, for the ledger. */
  readonly settled: readonly Charge[];
  /** Seen without final minutes, and of `before` what was not seen at all: that stays as it was. */
  readonly unsettled: readonly Unsettled[];
  readonly memory: ListingMemory;
  readonly problems: readonly string[];
}

type Charged =
  | { readonly kind: 'settled'; readonly charge: Charge }
  | { readonly kind: 'unsettled'; readonly unsettled: Unsettled }
  | { readonly kind: 'unplaced'; readonly problem: string };

/** The part of the ledger's mark that still answers for everything from `from` on. */
export function coverage(memory: ListingMemory, from: number): ListingMemory['settled'] {
  return memory.settled && memory.settled.from <= from ? memory.settled : undefined;
}

/**
 * Settles what has ended, estimates the rest, and moves the mark.
 * @param before what this listing left unsettled at the last sweep and the service still knows, by ARN
 */
export function charge(
  listing: ChargeableListing,
  memory: ListingMemory,
  before: Readonly<Record<string, Unsettled>>,
  now: number,
): Charging {
  const covered = coverage(memory, listing.from);
  const ahead = new Set(memory.ahead);
  const isInLedger = ({ facts: { arn }, completed, created }: Chargeable): boolean =>
    completed &&
    before[arn] === undefined &&
    (ahead.has(arn) || (created !== undefined && created < (covered?.through ?? listing.from)));
  const results = listing.items
    .filter((item) => !isInLedger(item))
    .map((item) => ({ item, charged: chargeOne(item, before[item.facts.arn], now) }));
  const listed = new Set(listing.items.map(({ facts: { arn } }) => arn));
  const unsettled = [
    ...results.flatMap(({ charged }) => (charged.kind === 'unsettled' ? [charged.unsettled] : [])),
    ...Object.values(before).filter((one) => !listed.has(one.charge.arn)),
  ];
  const through = listing.complete ? mark(unsettled, covered?.through, now) : covered?.through;
  for (const { item, charged } of results) if (charged.kind !== 'unsettled') ahead.add(item.facts.arn);
  return {
    settled: results.flatMap(({ charged }) => (charged.kind === 'settled' ? [charged.charge] : [])),
    unsettled,
    memory: {
      ...(through === undefined ? {} : { settled: { from: covered?.from ?? listing.from, through } }),
      ahead: stillAhead(ahead, listing, through),
    },
    problems: results.flatMap(({ charged }) => (charged.kind === 'unplaced' ? [charged.problem] : [])),
  };
}

function chargeOne(item: Chargeable, before: Unsettled | undefined, now: number): Charged {
  const created =
    item.created ??
    before?.charge.created ??
    item.started ??
    item.stopped ??
    (item.completed ? undefined : now);
  if (created === undefined) {
    return {
      kind: 'unplaced',
      problem: `${item.facts.arn} tells no time at all: it is charged to no period`,
    };
  }
  const last = lastKnown(item, before);
  const charged = (minutes: DeviceMinutes, basis: Charge['basis']): Charge => ({
    ...item.facts,
    created,
    minutes,
    basis,
  });
  if (!item.completed) return { kind: 'unsettled', unsettled: { charge: charged(last, 'inFlight') } };
  const completedSince = before?.completedSince ?? now;
  const { counters, stopped } = item;
  // Work may outlive the documented limits: its age is no proof that counters will not come, nor of the end of what was watched.
  const ageTells = before === undefined && settledMinutes(counters) !== undefined;
  const ended = { counters, stopped, completedSince, ...(ageTells ? { created } : {}) };
  const result = settlement(ended, now);
  switch (result.kind) {
    case 'final':
      return { kind: 'settled', charge: charged(result.minutes, 'final') };
    case 'estimate':
      // First seen long after its end: unsettled once, so that the next sweep reads its jobs.
      return item.estimate || before
        ? { kind: 'settled', charge: charged(last, 'estimated') }
        : { kind: 'unsettled', unsettled: { charge: charged(last, 'inFlight'), completedSince } };
    case 'wait': {
      const counted = settledMinutes(item.counters);
      const minutes = counted && counted.total > 0 ? counted : last;
      return { kind: 'unsettled', unsettled: { charge: charged(minutes, 'inFlight'), completedSince } };
    }
    default:
      return assertNever(result);
  }
}

/** Work that ended and does not say how long it ran still ran as long as it was last estimated: absent is not zero. */
function lastKnown({ completed, estimate }: Chargeable, before: Unsettled | undefined): DeviceMinutes {
  const says = estimate && !(completed && estimate.total === 0) ? estimate : undefined;
  return says ?? before?.charge.minutes ?? NO_MINUTES;
}

/**
 * Everything created before the mark is settled, so the oldest unsettled item holds it. It never moves back.
 * What is unsettled for longer than any run can live is read by itself from then on: it would have all history read again.
 */
function mark(unsettled: readonly Unsettled[], previous: number | undefined, now: number): number {
  const oldest = unsettled
    .map(({ charge: { created } }) => created)
    .filter((created) => created >= now - LIFETIME_HOURS * 3_600_000)
    .reduce((a, b) => Math.min(a, b), now - MARK_LAG);
  return Math.max(previous ?? oldest, oldest);
}

/** Settled items that the mark has not passed. One that a complete listing no longer shows lies below it, or is deleted. */
function stillAhead(
  ahead: ReadonlySet<string>,
  listing: ChargeableListing,
  through: number | undefined,
): string[] {
  const created = new Map(listing.items.map((item) => [item.facts.arn, item.created]));
  return [...ahead].filter((arn) => {
    if (!created.has(arn)) return !listing.complete;
    const at = created.get(arn);
    return at === undefined || through === undefined || at >= through;
  });
}
