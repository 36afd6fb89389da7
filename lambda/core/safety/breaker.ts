import type { Decision, Verdict } from '../decision.ts';
import type { Policy } from '../policy/schema.ts';

/** What the breaker remembers between sweeps. Items stand by their key. */
export interface BreakerMemory {
  /** What was over a limit in the last complete sweep; absent before the first. */
  readonly over?: readonly string[];
  readonly opening?: Opening;
}

/** One opening: why, since when, and what it holds. */
export interface Opening {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Items that were newly over at once, of how many in flight, and how many may be. */
  readonly newlyOver: number;
  readonly active: number;
  readonly allowed: number;
  readonly held: readonly string[];
}

/** What the breaker looks at. */
export interface BreakerView {
  readonly decisions: readonly Decision[];
  /** Jobs and sessions in flight. */
  readonly active: number;
  /** Everything was seen: what is over now is what the next sweep compares with. */
  readonly complete: boolean;
  readonly policy: Policy;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Rules about a duration, a queue or a stall: a wrong limit in one of them is over for everything at once. Budgets have
 * their own thresholds, and what is outside its hours or superseded is so all at once when nothing is wrong.
 */
const WATCHED: readonly string[] = ['job-duration', 'run-minutes', 'queue-age', 'stalled', 'elastic'];

/** Items that one memory holds; DynamoDB takes 400 KB for an item. With more than that in view nothing counts as new. */
const MAX_KNOWN = 6_000;

/**
 * The breaker after a sweep. It opens when more items are newly over than may be, and holds what was newly over and what
 * comes while it is open. Without a memory everything is new: a wave at the first sweep is held, which loses nothing.
 */
export function turnBreaker(memory: BreakerMemory, view: BreakerView): BreakerMemory {
  const { policy, now } = view;
  const over = view.decisions.filter((decision) => watched(decision, policy).length > 0).map(keyOf);
  const stops = view.decisions.filter(
    (decision) => decision.action === 'stop' && watched(decision, policy).some(isEnforced),
  );
  const known = new Set(memory.over);
  const isNew = known.size >= MAX_KNOWN ? () => false : (key: string) => !known.has(key);
  const fresh = stops.map(keyOf).filter(isNew);
  const opening = isOpen(memory.opening, policy, now)
    ? { ...memory.opening, held: [...new Set([...memory.opening.held, ...fresh])].slice(0, MAX_KNOWN) }
    : open(fresh, view);
  const next = view.complete ? over : memory.over && [...memory.over];
  // What is held is new once: after the hold it goes on, also when no sweep since has seen everything.
  const remembered = next || opening ? [...new Set([...(next ?? []), ...(opening?.held ?? [])])] : undefined;
  return {
    ...(remembered && { over: remembered.toSorted().slice(0, MAX_KNOWN) }),
    ...(opening && { opening }),
  };
}

/**
 * What the breaker lets through, and what it holds. A budget that is over as well does not wait.
 * @param memory `undefined` when it could not be read: then it may be open for all, and unknown is no reason to stop
 */
export function passBreaker(
  stops: readonly Decision[],
  memory: BreakerMemory | undefined,
  policy: Policy,
): { readonly through: readonly Decision[]; readonly held: readonly Decision[] } {
  const held = new Set(memory ? memory.opening?.held : stops.map(keyOf));
  const through: Decision[] = [];
  const waiting: Decision[] = [];
  for (const stop of stops) {
    const passing = held.has(keyOf(stop)) ? withoutWatched(stop, policy) : stop;
    if (passing) through.push(passing);
    else waiting.push(stop);
  }
  return { through, held: waiting };
}

/** Why the breaker holds, until when. */
export function breakerSentence(opening: Opening, { safety: { breaker } }: Policy): string {
  const { newlyOver, active, allowed, at } = opening;
  return (
    `held by the breaker until ${new Date(endOf(opening, breaker.holdMinutes)).toISOString()}: at ${new Date(at).toISOString()} ` +
    `${newlyOver} of ${active} in flight were newly over a limit; at most ${allowed} may be (${breaker.percentOfActive} %)`
  );
}

function open(fresh: readonly string[], { active, policy, now }: BreakerView): Opening | undefined {
  const { percentOfActive, minimumActive } = policy.safety.breaker;
  const allowed = Math.floor((active * percentOfActive) / 100);
  if (active < minimumActive || fresh.length <= allowed) return undefined;
  return { at: now, newlyOver: fresh.length, active, allowed, held: fresh.slice(0, MAX_KNOWN) };
}

function isOpen(opening: Opening | undefined, policy: Policy, now: number): opening is Opening {
  return opening !== undefined && now < endOf(opening, policy.safety.breaker.holdMinutes);
}

function endOf({ at }: Opening, holdMinutes: number): number {
  return at + holdMinutes * 60_000;
}

/** The verdicts of watched rules that an item is over. */
function watched({ verdicts }: Decision, policy: Policy): readonly Verdict[] {
  return verdicts.filter(({ verdict, rule }) => verdict === 'over' && isWatched(rule, policy));
}

/** The stop for the sake of the other rules that are over, if there are any. */
function withoutWatched(stop: Decision, policy: Policy): Decision | undefined {
  if (!isWatched(stop.rule, policy)) return stop;
  const others = stop.verdicts.filter(
    (one) => one.verdict === 'over' && isEnforced(one) && !isWatched(one.rule, policy),
  );
  const cause = others.find(({ only }) => only === 'any') ?? others[0];
  return cause && { ...stop, rule: cause.rule, reason: cause.reason, only: cause.only };
}

function isWatched(id: string | undefined, { rules }: Policy): boolean {
  return rules.some((rule) => rule.id === id && WATCHED.includes(rule.type));
}

function isEnforced({ mode }: Verdict): boolean {
  return mode === 'enforce';
}

/** The part of an ARN that tells work apart in this account: without region, account and project. */
function keyOf({ item: { arn } }: Decision): string {
  return arn
    .split(':')
    .slice(5)
    .join(':')
    .replace(/^([a-z]+:)[^/]*\//, '$1');
}
