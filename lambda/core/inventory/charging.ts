import { assertNever } from '../assert-never.ts';
import type { Charge } from '../charge.ts';
import { type DeviceMinutes, NO_MINUTES, settledMinutes } from '../minutes.ts';
import { withoutDrift } from '../without-drift.ts';
import type { Chargeable } from './chargeable.ts';
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
  /** What the ledger holds of the items, if it was asked: then neither the mark nor what is ahead of it answers for it. */
  readonly known?: ReadonlySet<string>;
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

/** The ledger's mark, if it answers for all that it has passed since `from`. */
export function coverage(memory: ListingMemory, from: number): ListingMemory['settled'] {
  const { settled } = memory;
  return settled && settled.from <= from && from <= settled.through ? settled : undefined;
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
  const ahead = new Set([...memory.ahead, ...(listing.known ?? [])]);
  const isInLedger = ({ facts: { arn }, completed, created }: Chargeable): boolean => {
    if (!completed || before[arn] !== undefined) return false;
    if (created === undefined) return ahead.has(arn);
    if (created < listing.from) return true;
    if (listing.known) return listing.known.has(arn);
    return ahead.has(arn) || created < (covered?.through ?? listing.from);
  };
  const results = listing.items
    .filter((item) => !isInLedger(item))
    .map((item) => ({ item, charged: chargeOne(item, before[item.facts.arn], now) }));
  const listed = new Set(listing.items.map(({ facts: { arn } }) => arn));
  const unsettled = [
    ...results.flatMap(({ charged }) => (charged.kind === 'unsettled' ? [charged.unsettled] : [])),
    ...Object.values(before).filter((one) => !listed.has(one.charge.arn)),
  ];
  const marked = listing.complete
    ? { from: covered?.from ?? listing.from, through: mark(unsettled, covered?.through, now) }
    : memory.settled;
  for (const { item, charged } of results) if (charged.kind !== 'unsettled') ahead.add(item.facts.arn);
  return {
    settled: results.flatMap(({ charged }) => (charged.kind === 'settled' ? [charged.charge] : [])),
    unsettled,
    memory: {
      ...(marked ? { settled: marked } : {}),
      ahead: stillAhead(ahead, listing, marked?.through),
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
  if (!item.completed) {
    const remaining = item.remaining ?? before?.charge.remaining;
    const inFlight = charged(last, 'inFlight');
    return { kind: 'unsettled', unsettled: { charge: remaining ? { ...inFlight, remaining } : inFlight } };
  }
  const completedSince = before?.completedSince ?? now;
  const lastEstimate = lastEstimateOf(before);
  const wait = (minutes: DeviceMinutes): Charged => ({
    kind: 'unsettled',
    unsettled: {
      charge: charged(minutes, 'inFlight'),
      completedSince,
      ...(lastEstimate ? { lastEstimate } : {}),
    },
  });
  const { counters, stopped } = item;
  const ageTells = lastEstimate === undefined && settledMinutes(counters) !== undefined;
  // Work may outlive the documented limits: its age is no proof that counters will not come, nor of the end of what was watched.
  const ended = { counters, stopped, completedSince, ...(ageTells ? { created } : {}) };
  const result = settlement(ended, now);
  switch (result.kind) {
    case 'final':
      return {
        kind: 'settled',
        charge: { ...charged(result.minutes, 'final'), ...errorOf(lastEstimate, result.minutes) },
      };
    case 'estimate':
      // First seen long after its end: unsettled once, so that the next sweep reads its jobs.
      return item.estimate || before ? { kind: 'settled', charge: charged(last, 'estimated') } : wait(last);
    case 'wait': {
      const counted = settledMinutes(item.counters);
      return wait(counted && counted.total > 0 ? counted : last);
    }
    default:
      return assertNever(result);
  }
}

/** What it was estimated at when it was last seen in flight; absent when it never was. */
function lastEstimateOf(before: Unsettled | undefined): DeviceMinutes | undefined {
  return before?.completedSince === undefined ? before?.charge.minutes : before.lastEstimate;
}

function errorOf(estimate: DeviceMinutes | undefined, final: DeviceMinutes): Pick<Charge, 'estimateError'> {
  const billed = ({ metered, unmetered }: DeviceMinutes) => metered + unmetered;
  return estimate ? { estimateError: withoutDrift(billed(final) - billed(estimate)) } : {};
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
