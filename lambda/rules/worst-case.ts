import type { WorkItem } from '../model.ts';
import { withoutDrift } from '../money.ts';
import { matchesItem } from '../policy/match.ts';
import { amountOf, type BudgetState } from '../usage/budgets.ts';
import { remainingMinutes } from '../usage/minutes.ts';
import { crossedThresholds, isInPeriod, isOver, whyNotMoney } from './budget.ts';
import type { RuleContext } from './rule.ts';

/** What the choice depends on besides budgets and items. */
export interface Choosing {
  /** US dollars. */
  readonly pricePerMeteredMinute: number;
  isExempt(item: WorkItem): boolean;
  /** ARNs of all that is stopped when the chosen items are, these included. */
  stoppedWith(chosen: ReadonlySet<string>): ReadonlySet<string>;
}

/** A budget whose worst case is above a threshold that stops. */
interface Excess {
  readonly state: BudgetState;
  readonly percent: number;
  /** What the budget counts: the amount by which the worst case falls when the item is stopped. */
  readonly freed: ReadonlyMap<string, number>;
  /** Queued work that this budget may stop, the newest first. */
  readonly candidates: ReadonlySet<string>;
}

/** The budgets whose worst case is above a threshold that stops. */
export function overWorstCase(budgets: readonly BudgetState[]): readonly BudgetState[] {
  return budgets.filter((state) => lowestStop(state) !== undefined);
}

/**
 * Chooses the queued work without which the worst case of every budget is within its threshold again: the newest first, and no more
 * than needed. Started work is left alone, as it may end long before its timeout. A budget sees what other budgets and rules
 * stop. What a later budget makes needless is taken back, the oldest first.
 */
export function chooseWorstCase(
  budgets: readonly BudgetState[],
  items: readonly WorkItem[],
  choosing: Choosing,
): RuleContext['worstCase'] {
  const excesses = budgets.flatMap((state) => excessOf(state, items, choosing) ?? []);
  if (excesses.length === 0) return new Map();
  const chosen = new Set<string>();
  const own = new Map<Excess, string[]>(excesses.map((excess) => [excess, []]));
  // Chosen work replaces no other work any more. That work goes on and counts again. The loop ends, as each pass chooses more.
  for (let before = -1; chosen.size > before; ) {
    before = chosen.size;
    const stopped = new Set(choosing.stoppedWith(chosen));
    for (const [excess, arns] of own) {
      for (const arn of choose(excess, stopped)) {
        arns.push(arn);
        chosen.add(arn);
        stopped.add(arn);
      }
    }
  }
  const needed = withoutNeedless(chosen, excesses, items, choosing);
  return new Map(
    [...own].map(([{ state, percent }, arns]) => {
      const left = arns.filter((arn) => needed.has(arn));
      return [
        state,
        new Map(left.map((arn, index) => [arn, { percent, place: index + 1, of: left.length }])),
      ];
    }),
  );
}

function lowestStop(state: BudgetState) {
  return crossedThresholds(state)
    .filter(({ basis, action }) => basis === 'worst-case' && action !== 'notify')
    .toSorted((a, b) => a.percent - b.percent)[0];
}

function excessOf(
  state: BudgetState,
  items: readonly WorkItem[],
  { pricePerMeteredMinute, isExempt }: Choosing,
): Excess | undefined {
  const threshold = lowestStop(state);
  if (!threshold) return undefined;
  const amount = (item: WorkItem) => amountOf(remainingMinutes(item), state.unit, pricePerMeteredMinute);
  const matches = matchesItem(state.rule.match);
  const own = items
    .filter((item) => isInPeriod(state, item) && matches(item))
    .map((item) => ({ item, freed: amount(item) - amount(stoppedForm(item)) }))
    .filter(({ freed }) => freed > 0);
  const candidates = own
    .map(({ item }) => item)
    .filter((item) => item.phase === 'queued' && !whyNotMoney(state, item))
    .filter((item) => state.rule.ignoreExemptions || !isExempt(item));
  return {
    state,
    percent: threshold.percent,
    freed: new Map(own.map(({ item, freed }) => [item.arn, freed])),
    candidates: new Set(
      oldestFirst(candidates)
        .toReversed()
        .map(({ arn }) => arn),
    ),
  };
}

/** What a budget stops beside what is stopped already. */
function choose(excess: Excess, stopped: ReadonlySet<string>): readonly string[] {
  const chosen: string[] = [];
  let left = worstCaseOf(excess, stopped);
  for (const arn of excess.candidates) {
    if (!isAbove(excess, left)) break;
    if (stopped.has(arn)) continue;
    chosen.push(arn);
    left -= excess.freed.get(arn) ?? 0;
  }
  return chosen;
}

/** The chosen items without those that may stay because others are stopped too: the oldest may stay first. */
function withoutNeedless(
  chosen: ReadonlySet<string>,
  excesses: readonly Excess[],
  items: readonly WorkItem[],
  { stoppedWith }: Choosing,
): ReadonlySet<string> {
  const stopped = stoppedWith(chosen);
  const standings = excesses.map((excess) => ({ excess, left: worstCaseOf(excess, stopped) }));
  const needed = new Set(chosen);
  for (const { arn } of oldestFirst(items.filter((item) => chosen.has(item.arn)))) {
    const counting = standings.flatMap((standing) => {
      const freed = standing.excess.freed.get(arn);
      return freed === undefined ? [] : [{ standing, left: standing.left + freed }];
    });
    const isNeeded = counting.some(({ standing: { excess, left: without }, left }) => {
      const mayStopIt = excess.candidates.has(arn);
      return isAbove(excess, left) && (mayStopIt || !isAbove(excess, without));
    });
    if (isNeeded) continue;
    needed.delete(arn);
    for (const { standing, left } of counting) standing.left = left;
  }
  // What stays replaces other work again, and that may bring back work which was replaced.
  const after = stoppedWith(needed);
  const isFine = excesses.every(
    (excess) => !isAbove(excess, worstCaseOf(excess, after)) || isAbove(excess, worstCaseOf(excess, stopped)),
  );
  return isFine ? needed : chosen;
}

/** The worst case of a budget without what is stopped. */
function worstCaseOf({ state, freed }: Excess, stopped: ReadonlySet<string>): number {
  let left = state.worstCase;
  for (const [arn, amount] of freed) if (stopped.has(arn)) left -= amount;
  return left;
}

function isAbove({ state, percent }: Excess, worstCase: number): boolean {
  return isOver(withoutDrift(worstCase), state.limit, percent);
}

function oldestFirst(items: readonly WorkItem[]): readonly WorkItem[] {
  const createdAt = ({ created, usageAt }: WorkItem) => created ?? usageAt ?? 0;
  return items.toSorted(
    (a, b) => createdAt(a) - createdAt(b) || Number(a.arn > b.arn) - Number(a.arn < b.arn),
  );
}

/** An item once its stop has been accepted: queued work is over at once, started work tears down. */
function stoppedForm(item: WorkItem): WorkItem {
  return { ...item, phase: item.phase === 'queued' ? 'completed' : 'stopping' };
}
