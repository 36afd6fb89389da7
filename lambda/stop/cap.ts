import pMap from 'p-map';
import type { Stop, StopResult } from '../model.ts';
import type { ItemKind, Snapshot, Stored } from '../store/state.ts';
import { isRecord } from '../text.ts';
import { HOUR } from '../time.ts';
import { timeoutOf } from '../usage/minutes.ts';
import type { Invocation, Services } from '../wiring.ts';
import { LAST_STOP } from './attempt.ts';
import { held } from './hold.ts';
import { FOLLOWED } from './records.ts';
import { stopAll } from './stop.ts';

/** Places of the rolling hour that one invocation has taken, until when (epoch milliseconds). */
interface Taken {
  readonly id: string;
  readonly places: number;
  readonly until: number;
}

/** The places of the rolling hour in which rules and AWS messages may stop. Losing it frees all of them once. */
export const ALLOWANCE: ItemKind<readonly Taken[]> = {
  prefix: 'allowance',
  days: 1,
  parse: (value) => (Array.isArray(value) && value.every(isTaken) ? value : undefined),
};
const ONE = 'hour';
const FULL = 'its hour could not be read, so that nobody knows how many stops are left in it';

/** The order in which to stop: queued work first, then what has most money still to spend, ties by ARN. */
export function rank(stops: readonly Stop[]): readonly Stop[] {
  return stops.toSorted(
    ({ target: a }, { target: b }) =>
      Number(b.phase === 'queued') - Number(a.phase === 'queued') ||
      meteredMinutesLeft(b) - meteredMinutesLeft(a) ||
      Number(a.arn > b.arn) - Number(a.arn < b.arn),
  );
}

function meteredMinutesLeft({ billing, minutes, timeoutMinutes }: Stop['target']): number {
  return billing === 'unmetered' ? 0 : Math.max(0, timeoutOf({ timeoutMinutes }) - (minutes?.metered ?? 0));
}

/**
 * Makes the best-ranked stops that the rolling hour has room for; the others are held. A place that surely no stop has used
 * goes to the next in rank. Asking again for work whose stop was accepted before needs no place.
 */
export async function stopWithinCap(
  services: Services,
  stops: readonly Stop[],
  snapshot: Snapshot,
  invocation: Invocation,
): Promise<readonly StopResult[]> {
  const { maxStopsPerHour: limit } = invocation.policy.safety;
  const followed = snapshot.all(FOLLOWED);
  const again = stops.filter(({ target }) => (followed.get(target.arn)?.value.attempt ?? 0) > 0);
  const free = await acceptedBefore(services, again, invocation);
  const isFree = ({ target }: Stop) => free.has(target.arn);
  const results: StopResult[] = [];
  let known: Stored<readonly Taken[]> | null | undefined = snapshot.get(ALLOWANCE, ONE) ?? null;
  let waiting = rank(stops);
  let reason = `held by the cap: all ${limit} stops of the rolling hour are used (safety.maxStopsPerHour); AutoStop makes it when the hour allows it`;
  while (waiting.length > 0) {
    const wanted = waiting.filter((stop) => !isFree(stop)).length;
    const places = await take(services, wanted, known, invocation);
    known = undefined;
    if (places === undefined) reason = `held by the cap: ${FULL}`;
    let left = places ?? 0;
    const now = waiting.filter((stop) => isFree(stop) || left-- > 0);
    const made = await stopAll(services, now, invocation);
    results.push(...made);
    waiting = waiting.filter((stop) => !now.includes(stop));
    const used = made.filter((result) => mayHaveStopped(result) && !isFree(result.stop)).length;
    if (places && used < places) await giveBack(services, places - used, invocation);
    if (!places || used === places || invocation.msLeft() < LAST_STOP) break;
  }
  return [...results, ...waiting.map((stop) => held(stop, 'cap', reason))];
}

/** Accepted, or nobody can tell: the reply of Device Farm or of a table was lost. */
function mayHaveStopped({ kind, error }: StopResult): boolean {
  return kind === 'stopped' || (kind === 'failed' && (error === undefined || error === 'unavailable'));
}

/** ARNs of work whose stop was accepted once, and so has had its place. What cannot be read needs one. */
async function acceptedBefore(
  { audit }: Services,
  stops: readonly Stop[],
  { diagnostics }: Invocation,
): Promise<ReadonlySet<string>> {
  const accepted = await pMap(
    stops,
    async ({ target: { arn } }) => {
      const what = `${arn}: its earlier stops could not be read`;
      const history = await diagnostics.during(what, audit.of(arn), []);
      return history.some(({ event }) => event === 'StopAccepted') ? [arn] : [];
    },
    { concurrency: 8 },
  );
  return new Set(accepted.flat());
}

/**
 * Takes up to `wanted` places, for an hour from the begin of the invocation.
 * @returns `undefined` when the table does not answer: then there is no room
 */
function take(
  { state }: Services,
  wanted: number,
  known: Stored<readonly Taken[]> | null | undefined,
  { policy, now, id, diagnostics }: Invocation,
): Promise<number | undefined> {
  if (wanted === 0) return Promise.resolve(0);
  let places = 0;
  const change = (before: readonly Taken[] = []): readonly Taken[] => {
    const others = before.filter(({ until }) => until > now);
    const used = others.reduce((sum, one) => sum + one.places, 0);
    places = Math.max(0, Math.min(wanted, policy.safety.maxStopsPerHour - used));
    const own = others.find((one) => one.id === id)?.places ?? 0;
    const rest = others.filter((one) => one.id !== id);
    return places === 0 ? before : [...rest, { id, places: own + places, until: now + HOUR }];
  };
  return diagnostics.during(
    FULL,
    state.change(ALLOWANCE, ONE, change, known).then(() => places),
    undefined,
  );
}

/** Gives back the places of this round that no accepted stop has used. Those of earlier rounds of the invocation stay. */
async function giveBack(
  { state }: Services,
  unused: number,
  { now, id, diagnostics }: Invocation,
): Promise<void> {
  const change = (before: readonly Taken[] = []): readonly Taken[] => {
    const left = before.map((one) => (one.id === id ? { ...one, places: one.places - unused } : one));
    return left.filter(({ places, until }) => places > 0 && until > now);
  };
  await diagnostics.during(
    'places of the rolling hour could not be given back; they are free again in an hour',
    state.change(ALLOWANCE, ONE, change),
    undefined,
  );
}

function isTaken(value: unknown): value is Taken {
  if (!isRecord(value)) return false;
  const { id, places, until } = value;
  return typeof id === 'string' && Number.isFinite(places) && Number.isFinite(until);
}
