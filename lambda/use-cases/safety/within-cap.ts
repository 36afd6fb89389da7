import type { Policy } from '../../core/policy/schema.ts';
import { limit } from '../../core/safety/limit.ts';
import type { Invocation, StopAllowance } from '../../ports.ts';
import { LAST_CALL } from '../isolated.ts';
import type { Problems } from '../problems.ts';

export interface CapSettings<T> {
  readonly policy: Pick<Policy, 'safety'>;
  readonly invocation: Invocation;
  /** Whether a stop of the same was accepted before: asking again is no further stop. */
  readonly isFree: (stop: T) => boolean;
}

export interface Capped<T, R> {
  readonly results: readonly R[];
  /** What the cap holds back, in its rank. */
  readonly held: readonly T[];
  /** Why it does. */
  readonly why: string;
  /** Whether it could be read how much room there is. */
  readonly known: boolean;
}

/**
 * Makes the best-ranked stops that the rolling hour has room for. A place that no accepted stop has used goes to the next in
 * rank: what fails or has ended by itself holds up nothing. When the table does not answer there is no room.
 */
export async function withinCap<T, R extends { readonly kind: string }>(
  allowance: StopAllowance,
  ranked: readonly T[],
  { policy, invocation, isFree }: CapSettings<T>,
  problems: Problems,
  makeStops: (now: readonly T[]) => Promise<readonly R[]>,
): Promise<Capped<T, R>> {
  const { maxStopsPerHour } = policy.safety;
  const results: R[] = [];
  let waiting = ranked;
  let known = true;
  while (waiting.length > 0) {
    const wanted = waiting.filter((stop) => !isFree(stop)).length;
    const taken =
      wanted === 0
        ? NONE
        : await problems.during(
            UNREADABLE,
            allowance.take(wanted, maxStopsPerHour, invocation.msLeft()),
            undefined,
          );
    known = taken !== undefined;
    const { places } = taken ?? NONE;
    const { now, held } = limit(waiting, { places, isFree });
    const made = await makeStops(now);
    results.push(...made);
    waiting = held;
    const used = Math.min(places, made.filter(({ kind }) => kind === 'stopped').length);
    if (taken && taken !== NONE) await problems.during(UNSETTLED, allowance.settle(taken, used), undefined);
    // The rest of the time would only count as held for want of time.
    if (used === places || invocation.msLeft() < LAST_CALL) break;
  }
  return { results, held: waiting, why: known ? capSentence(maxStopsPerHour) : UNREADABLE, known };
}

const NONE = { id: '', places: 0 };
const UNREADABLE = 'held back: how many stops the rolling hour has room for could not be read';
const UNSETTLED = 'places of the rolling hour could not be given back; they are free again in an hour';

function capSentence(limit: number): string {
  return `held by the cap: all ${limit} stops of the rolling hour are used (safety.maxStopsPerHour); it is made as soon as there is room`;
}
