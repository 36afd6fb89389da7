import type { Decision } from '../../core/decision.ts';
import {
  type BreakerMemory,
  type BreakerView,
  breakerSentence,
  passBreaker,
  turnBreaker,
} from '../../core/safety/breaker.ts';
import type { Hold } from '../../core/safety/hold.ts';
import { rank } from '../../core/safety/rank.ts';
import type { BreakerMemories, Invocation, Notifier, StopAllowance, Tellings } from '../../ports.ts';
import type { Problems } from '../problems.ts';
import type { ActResult } from '../stop/act.ts';
import { tellOnce } from '../telling/tell-once.ts';
import { withinCap } from './within-cap.ts';

export interface SafetyPorts {
  readonly breaker: BreakerMemories;
  readonly allowance: StopAllowance;
  readonly tellings: Tellings;
  readonly notifier: Notifier;
}

/** What a sweep wants, and what it has seen. */
export interface SafetyRequest extends Omit<BreakerView, 'now'> {
  /** The decisions to carry out, of those in `decisions`. */
  readonly stops: readonly Decision[];
  /** Work of which a stop was accepted before. */
  readonly accepted: ReadonlySet<string>;
}

/**
 * Makes the stops that breaker and cap let through, best-ranked first, and says which they hold.
 * An opening of the breaker is told before anything is stopped.
 */
export async function stopWithinSafety(
  ports: SafetyPorts,
  { stops, accepted, ...view }: SafetyRequest,
  invocation: Invocation,
  problems: Problems,
  makeStops: (now: readonly Decision[]) => Promise<readonly ActResult[]>,
): Promise<{ readonly results: readonly ActResult[]; readonly holds: readonly Hold[] }> {
  const isFree = ({ item }: Decision) => accepted.has(item.arn);
  const memory = await problems.during(
    UNREADABLE,
    ports.breaker.turn((before) => turnBreaker(before, { ...view, now: invocation.now })),
    undefined,
  );
  await tellOpening(ports, memory, view.policy, problems);
  const passed = passBreaker(
    stops.filter((stop) => !isFree(stop)),
    memory,
    view.policy,
  );
  const ranked = rank([...stops.filter(isFree), ...passed.through]);
  const { policy } = view;
  const capped = await withinCap(
    ports.allowance,
    ranked,
    { policy, invocation, isFree },
    problems,
    makeStops,
  );
  const why = memory?.opening ? breakerSentence(memory.opening, policy) : UNREADABLE;
  return {
    results: capped.results,
    holds: [
      ...passed.held.map((stop) => holdOf(stop, 'breaker', why)),
      ...capped.held.map((stop) => holdOf(stop, 'cap', capped.why)),
    ],
  };
}

const UNREADABLE = 'held back: whether the breaker is open could not be read';

async function tellOpening(
  ports: Pick<SafetyPorts, 'tellings' | 'notifier'>,
  memory: BreakerMemory | undefined,
  policy: BreakerView['policy'],
  problems: Problems,
): Promise<void> {
  const opening = memory?.opening;
  if (!opening) return;
  const text =
    `Stops are ${breakerSentence(opening, policy)}.\n\n` +
    'Is the policy right? Every stop that is held has a record StopHeld in the audit trail. They go on by themselves then, ' +
    'under the cap of stops per hour; budgets and stops by order do not wait.';
  await problems.during(
    'that the breaker is open could not be told; the next sweep tells it',
    tellOnce(
      ports,
      `breaker#${opening.at}`,
      `Device Farm auto-stop: breaker open, ${opening.newlyOver} newly over`,
      text,
    ),
    undefined,
  );
}

function holdOf({ item, rule, reason }: Decision, kind: Hold['kind'], why: string): Hold {
  return { item, rule, reason, kind, why };
}
