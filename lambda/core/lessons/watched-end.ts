import { timeoutOf } from '../minutes.ts';
import { moneyFor } from '../spend/money.ts';
import type { LiveState } from '../stops/live-state.ts';
import type { WatchedStop } from './watched-stop.ts';

/**
 * What the end of work says of the stop that was not made. `falseStop`: it passed, so the stop would have killed a good test.
 * `rightStop`: it failed or ran into its timeout, so the stop would have saved the rest. `cutShort`: somebody stopped it.
 * `sessionEnded`: a session that was closed, which says nothing of what it was used for. `unknown`: nothing can be said.
 */
export type EndVerdict = 'falseStop' | 'rightStop' | 'cutShort' | 'sessionEnded' | 'unknown';

/** How work ended that would have been stopped before. */
export interface WatchedEnd {
  readonly verdict: EndVerdict;
  /** As Device Farm tells it; absent when the work no longer exists. */
  readonly result?: string;
  /** It had been RUNNING for as long as its timeout. */
  readonly timedOut: boolean;
  /** When it ended, else the moment at which it was seen to have ended. Epoch milliseconds. */
  readonly endedAt: number;
  /** Minutes by the wall clock from the would-be stop to its end. */
  readonly minutes: number;
  /** The same until it started, where it had not. */
  readonly minutesToStart?: number;
  /** What it used after the would-be stop; absent when nobody can tell whether it was metered. */
  readonly after?: UsedAfter;
}

/** Metered device minutes, and their money in micro-dollars. `counters`: final counters less the estimate of then. */
export interface UsedAfter {
  readonly metered: number;
  readonly money: number;
  readonly basis: 'counters' | 'clock';
}

export type EndedState = Extract<LiveState, { state: 'ended' }>;

/** Minutes by which work may end before its timeout and still have run into it: the moments are not exact. */
const TIMEOUT_TOLERANCE = 1;

/**
 * @param now epoch milliseconds
 * @param pricePerMeteredMinute US dollars
 */
export function watchedEnd(
  watch: WatchedStop,
  live: EndedState,
  now: number,
  pricePerMeteredMinute: number,
): WatchedEnd {
  const { result, startedAt, stoppedAt } = live;
  const endedAt = stoppedAt ?? now;
  const timedOut = ranIntoTimeout(watch, live);
  const after = usedAfter(watch, live, pricePerMeteredMinute);
  return {
    verdict: wouldHaveHeld(watch, live) ? verdictOn(watch, result, timedOut) : 'unknown',
    ...(result !== undefined && { result }),
    timedOut,
    endedAt,
    minutes: minutesBetween(watch.at, endedAt),
    ...(startedAt !== undefined &&
      startedAt > watch.at && { minutesToStart: minutesBetween(watch.at, startedAt) }),
    ...(after && { after }),
  };
}

/** A stop that comes after the end stops nothing, nor does one of queued work that has started. */
function wouldHaveHeld({ at, only }: WatchedStop, { startedAt, stoppedAt }: EndedState): boolean {
  if (stoppedAt !== undefined && stoppedAt < at) return false;
  return only === 'any' || startedAt === undefined || startedAt >= at;
}

function verdictOn({ kind }: WatchedStop, result: string | undefined, timedOut: boolean): EndVerdict {
  if (kind === 'session') return timedOut ? 'rightStop' : result === undefined ? 'unknown' : 'sessionEnded';
  switch (result) {
    case 'PASSED':
    case 'WARNED':
      return 'falseStop';
    case 'FAILED':
    case 'ERRORED':
    case 'SKIPPED':
      return 'rightStop';
    // So Device Farm may show both: work that somebody stopped, and work that its timeout ended.
    case 'STOPPED':
      return timedOut ? 'rightStop' : 'cutShort';
    default:
      return 'unknown';
  }
}

function ranIntoTimeout(watch: WatchedStop, { startedAt, stoppedAt }: EndedState): boolean {
  if (startedAt === undefined || stoppedAt === undefined) return false;
  return (stoppedAt - startedAt) / 60_000 >= timeoutOf(watch) - TIMEOUT_TOLERANCE;
}

function usedAfter(watch: WatchedStop, live: EndedState, price: number): UsedAfter | undefined {
  const billing = live.billing ?? watch.billing;
  const final = live.estimated ? undefined : live.subject?.minutes;
  const then = watch.record.minutes;
  if (billing === 'unmetered') return { metered: 0, money: 0, basis: final ? 'counters' : 'clock' };
  if (final && then) return used(Math.max(0, final.metered - then.metered), 'counters', price);
  if (billing !== 'metered') return undefined;
  const { startedAt, stoppedAt } = live;
  if (startedAt === undefined) return used(0, 'clock', price);
  if (stoppedAt === undefined) return undefined;
  return used(minutesBetween(Math.max(startedAt, watch.at), stoppedAt), 'clock', price);
}

function used(minutes: number, basis: UsedAfter['basis'], price: number): UsedAfter {
  const metered = Math.round(minutes * 100) / 100;
  return { metered, money: moneyFor(metered, price), basis };
}

/** To the hundredth; never below 0. */
function minutesBetween(from: number, to: number): number {
  return Math.round(Math.max(0, to - from) / 600) / 100;
}
