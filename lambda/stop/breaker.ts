import type { Decision, StopResult, Verdict } from '../model.ts';
import { tellOnce } from '../notify/notifications.ts';
import type { Policy } from '../policy/schema.ts';
import { isWatchedByBreaker } from '../rules/rules.ts';
import type { ItemKind, Snapshot } from '../store/state.ts';
import { isRecord } from '../text.ts';
import { iso, MINUTE } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';
import { held, toStop } from './hold.ts';

/** One opening of the circuit breaker: since when, why, and what it holds. Items stand by their key. */
interface Opening {
  readonly at: number;
  /** Items that were newly over at once, of how many in flight, and how many may be. */
  readonly newlyOver: number;
  readonly active: number;
  readonly allowed: number;
  readonly held: readonly string[];
}

/** What the breaker remembers between sweeps. */
interface Memory {
  /** What was over a watched rule in the last complete sweep; absent before the first. */
  readonly over?: readonly string[];
  readonly opening?: Opening;
}

export const BREAKER: ItemKind<Memory> = {
  prefix: 'breaker',
  days: 100,
  parse(value) {
    if (!isRecord(value)) return undefined;
    const { over, opening } = value;
    const known = (over === undefined || isTexts(over)) && (opening === undefined || isOpening(opening));
    return known ? (value as Memory) : undefined; // Both members were looked at.
  },
};
const ONE = 'memory';
/** Items that one memory holds. With more than that in view nothing counts as new. */
const MAX_KNOWN = 6_000;

/** What the breaker looks at. */
export interface BreakerView {
  readonly decisions: readonly Decision[];
  /** The decisions to carry out. */
  readonly stops: readonly Decision[];
  /** Jobs and sessions in flight. */
  readonly active: number;
  /** Everything was seen: what is over now is what the next sweep compares with. */
  readonly complete: boolean;
  /** While paused the breaker does not open, and what becomes over is not newly over after the pause. */
  readonly paused: boolean;
}

/**
 * Holds stops for a while when too much is newly over a watched rule at once: a slip in the policy must not cost much. What is held
 * is made later. A budget that is over as well does not wait. Without a memory everything is new, so that a wave at the
 * first sweep is held.
 */
export async function holdByBreaker(
  services: Services,
  view: BreakerView,
  snapshot: Snapshot,
  invocation: Invocation,
): Promise<{ readonly through: readonly Decision[]; readonly held: readonly StopResult[] }> {
  const { diagnostics, policy } = invocation;
  const known = snapshot.get(BREAKER, ONE);
  let next = nextMemory(known?.value ?? {}, view, invocation);
  if (!isSame(known?.value, next)) {
    // Of two sweeps at once the second goes on from what the first has stored.
    const stored = services.state.change(
      BREAKER,
      ONE,
      (before = {}) => {
        const changed = nextMemory(before, view, invocation);
        return isSame(before, changed) ? before : changed;
      },
      known ?? null,
    );
    const changed = await diagnostics.during(UNREADABLE, stored, null);
    if (changed === null)
      return { through: [], held: view.stops.map((stop) => held(toStop(stop), 'breaker', UNREADABLE)) };
    next = changed ?? next;
  }
  const { opening } = next;
  if (!opening) return { through: view.stops, held: [] };
  const why = sentence(opening, policy);
  if (!view.paused) await announce(services, opening, why, invocation);
  const waiting = new Set(opening.held);
  const through: Decision[] = [];
  const kept: StopResult[] = [];
  for (const stop of view.stops) {
    const passing = waiting.has(keyOf(stop)) ? withoutWatched(stop, policy) : stop;
    if (passing) through.push(passing);
    else kept.push(held(toStop(stop), 'breaker', why));
  }
  return { through, held: kept };
}

const UNREADABLE = 'held back: what the breaker remembers could not be read or written';

/** The memory after this sweep. */
function nextMemory(memory: Memory, view: BreakerView, { policy, now }: Invocation): Memory {
  const over = view.decisions.filter((decision) => watched(decision, policy).length > 0).map(keyOf);
  const known = new Set(memory.over);
  const isNew = known.size >= MAX_KNOWN || view.paused ? () => false : (key: string) => !known.has(key);
  const fresh = view.stops
    .filter((decision) => watched(decision, policy).some(isEnforced))
    .map(keyOf)
    .filter(isNew);
  const open = memory.opening && now < endOf(memory.opening, policy) ? memory.opening : undefined;
  const opening = open
    ? { ...open, held: [...new Set([...open.held, ...fresh])].slice(0, MAX_KNOWN) }
    : openFor(fresh, view, { policy, now });
  const base = view.complete ? over : memory.over;
  // What is held is new once: after the hold it goes on, also when no sweep since has seen everything.
  const remembered = base || opening ? [...new Set([...(base ?? []), ...(opening?.held ?? [])])] : undefined;
  return {
    ...(remembered && { over: remembered.toSorted().slice(0, MAX_KNOWN) }),
    ...(opening && { opening }),
  };
}

function openFor(
  fresh: readonly string[],
  { active }: BreakerView,
  { policy, now }: Pick<Invocation, 'policy' | 'now'>,
): Opening | undefined {
  const allowed = allowedAtOnce(active, policy);
  if (fresh.length <= allowed) return undefined;
  return { at: now, newlyOver: fresh.length, active, allowed, held: fresh.slice(0, MAX_KNOWN) };
}

/** How many items may be newly over watched rules at once; with little in flight any number. */
export function allowedAtOnce(active: number, { safety: { breaker } }: Policy): number {
  const { percentOfActive, minimumActive } = breaker;
  return active < minimumActive ? Number.POSITIVE_INFINITY : Math.floor((active * percentOfActive) / 100);
}

function endOf({ at }: Opening, { safety }: Policy): number {
  return at + safety.breaker.holdMinutes * MINUTE;
}

function sentence(opening: Opening, policy: Policy): string {
  const { newlyOver, active, allowed, at } = opening;
  return (
    `held by the breaker until ${iso(endOf(opening, policy))}: at ${iso(at)} ${newlyOver} of ${active} in flight were newly ` +
    `over a limit; at most ${allowed} may be (${policy.safety.breaker.percentOfActive} %)`
  );
}

/** An opening is told before anything is stopped. */
async function announce(services: Services, { at, newlyOver }: Opening, why: string, invocation: Invocation) {
  const text =
    `Stops are ${why}.\n\nIs the policy right? Every stop that is held has a record StopHeld in the audit trail. AutoStop ` +
    'makes them after that time, under the cap of stops an hour; budgets and orders do not wait.';
  const notification = { subject: `breaker open, ${newlyOver} newly over`, text };
  await tellOnce(services, `breaker#${at}`, notification, invocation);
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
  const cause = others.find(({ scope }) => scope === 'any') ?? others[0];
  return cause && { ...stop, rule: cause.rule, reason: () => cause.reason(), scope: cause.scope };
}

/** Whether the breaker watches a rule, given by its id. */
export function isWatched(id: string | undefined, { rules }: Policy): boolean {
  return rules.some((rule) => rule.id === id && isWatchedByBreaker(rule));
}

function isEnforced({ mode }: Verdict): boolean {
  return mode === 'enforce';
}

/** The part of an ARN that tells work apart in this account: without region, account and project. */
function keyOf({ item: { arn } }: Decision): string {
  const resource = arn.split(':').slice(5).join(':');
  return resource.replace(/^([a-z]+:)[^/]*\//, '$1');
}

function isSame(a: Memory | undefined, b: Memory): boolean {
  const lists = (one: Memory | undefined) =>
    [one?.over, one?.opening?.held, [String(one?.opening?.at)]] as const;
  const [ofA, ofB] = [lists(a), lists(b)];
  return ofA.every((list, index) => {
    const other = ofB[index];
    return list?.length === other?.length && (list ?? []).every((key, at) => key === other?.[at]);
  });
}

function isOpening(value: unknown): value is Opening {
  if (!isRecord(value)) return false;
  const { at, newlyOver, active, allowed } = value;
  return isTexts(value.held) && [at, newlyOver, active, allowed].every((one) => Number.isFinite(one));
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
