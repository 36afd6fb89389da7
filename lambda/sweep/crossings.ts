import type { Decision, StopResult } from '../model.ts';
import { allowedAtOnce, isWatched } from '../stop/breaker.ts';
import type { CrossingMessage } from '../store/crossing-queue.ts';
import { LONGEST_DELAY } from '../store/crossing-queue.ts';
import { MINUTE, SECOND } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';
import type { Assessment } from './assess.ts';

/** Work that is decided to be stopped from `at` on, and not before. Epoch milliseconds. */
export interface Crossing {
  readonly at: number;
  readonly decision: Decision;
}

/** Crossings so close together are looked at together. Milliseconds. */
const TOGETHER = 2 * SECOND;
/** Work items that are read one by one; for more a whole sweep takes fewer calls. */
const MAX_ITEMS = 20;
/** A schedule may start a sweep so late (https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html). */
const LATE_START = MINUTE;

/**
 * Sends a message for each moment before the next sweep at which work crosses a limit, and one for now when this sweep had no time for
 * all its stops. Whoever receives it reads the work again and decides anew, so a message that is repeated, late or out of date does no
 * harm. A sweep that a message began sends none.
 */
export async function sendCrossings(
  { crossings }: Pick<Services, 'crossings'>,
  {
    decideAt,
    controls,
    inventory,
    results,
  }: Pick<Assessment, 'decideAt' | 'controls' | 'inventory'> & { readonly results: readonly StopResult[] },
  { now, policy, diagnostics, msLeft }: Invocation,
): Promise<void> {
  if (!crossings || policy.mode === 'observe' || controls.unknown !== undefined) return;
  const { queue, intervalMinutes } = crossings;
  const until = now + Math.min(intervalMinutes * MINUTE + LATE_START, LONGEST_DELAY);
  const from = Math.max(now, controls.pause?.until ?? now);
  const found = from < until ? findCrossings(decideAt, from, until) : [];
  const watched = found.filter(({ decision }) => isWatched(decision.rule, policy));
  // One by one they would slip past the breaker: the next sweep sees them together.
  const isTooMuch = watched.length > allowedAtOnce(inventory.items.length, policy);
  const left = isTooMuch ? found.filter((one) => !watched.includes(one)) : found;
  const isBudget = (id: string | undefined) =>
    policy.rules.some((rule) => rule.id === id && rule.type === 'budget');
  const active = inventory.items.length;
  const leftOver = results.some(({ hold }) => hold === 'time') ? [{ at: now }] : [];
  const messages = [...leftOver, ...toMessages(left, isBudget)].map((message) => ({ ...message, active }));
  if (messages.length === 0) return;
  await diagnostics.during(
    'it could not be sent when work crosses its limit; the next sweep stops it',
    queue.send(messages, { msLeft }),
    undefined,
  );
}

/**
 * When work crosses its next limit: the same `decide` is asked for later moments, minute by minute, and within a minute by
 * halving. What is over already is no crossing. A limit that holds for less than a minute is not found; no rule has one.
 * @param decideAt the decisions at a moment if nothing but time changes
 * @returns the earliest first, each work item once
 */
export function findCrossings(
  decideAt: (moment: number) => readonly Decision[],
  from: number,
  until: number,
): readonly Crossing[] {
  const found: Crossing[] = [];
  const known = new Set(stopsAt(from).keys());
  for (let low = from; low < until; low += MINUTE) {
    const high = Math.min(low + MINUTE, until);
    const fresh = new Map([...stopsAt(high)].filter(([arn]) => !known.has(arn)));
    narrow(low, high, fresh);
    for (const arn of fresh.keys()) known.add(arn);
  }
  return found;

  function stopsAt(moment: number): ReadonlyMap<string, Decision> {
    const stops = decideAt(moment).filter(({ action }) => action === 'stop');
    return new Map(stops.map((decision) => [decision.item.arn, decision]));
  }

  /** `fresh` crosses after `low` and is over at `high`. */
  function narrow(low: number, high: number, fresh: ReadonlyMap<string, Decision>): void {
    if (fresh.size === 0) return;
    if (high - low <= SECOND) {
      for (const decision of fresh.values()) found.push({ at: high, decision });
      return;
    }
    const middle = low + Math.max(1, Math.floor((high - low) / 2 / SECOND)) * SECOND;
    const over = stopsAt(middle);
    const early = new Map([...fresh].filter(([arn]) => over.has(arn)));
    narrow(low, middle, early);
    narrow(middle, high, new Map([...fresh].filter(([arn]) => !early.has(arn))));
  }
}

/** One message for crossings close together. A budget concerns all work: one message, however much crosses. */
function toMessages(
  crossings: readonly Crossing[],
  isBudget: (rule: string | undefined) => boolean,
): readonly Omit<CrossingMessage, 'active'>[] {
  const groups: Crossing[][] = [];
  for (const crossing of crossings) {
    const group = groups.at(-1);
    if (group?.[0] && crossing.at - group[0].at <= TOGETHER) group.push(crossing);
    else groups.push([crossing]);
  }
  return groups.map((group) => {
    const at = group.at(-1)?.at ?? 0;
    const isWide = group.length > MAX_ITEMS || group.some(({ decision }) => isBudget(decision.rule));
    return isWide ? { at } : { at, items: group.map(({ decision }) => decision.item.arn) };
  });
}
