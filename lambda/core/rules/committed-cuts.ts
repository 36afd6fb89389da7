import type { Decision } from '../decision.ts';
import { matchesItem } from '../policy/match.ts';
import type { BudgetRule, Policy } from '../policy/schema.ts';
import { amountOf } from '../spend/amounts.ts';
import type { BudgetState } from '../spend/budget-state.ts';
import { remainingMinutes } from '../spend/remaining.ts';
import { type ProtectedBy, protectionOf } from '../steering/protection.ts';
import { withoutDrift } from '../without-drift.ts';
import type { WorkItem } from '../work-item.ts';
import { chargedTo, crossedThresholds, isOver, whyNotMoney } from './budget.ts';
import type { Cut, Cuts } from './cut.ts';
import type { Threshold } from './threshold.ts';

/**
 * Chooses the queued work without which every budget's commitment is within its thresholds again: the newest first, and no
 * more than that takes. Started work is left alone, as it may end long before its timeout.
 * @param decisions what is decided without any cut; what is stopped anyway needs no cut
 */
export function committedCuts(
  decisions: readonly Decision[],
  circumstances: ProtectedBy & { readonly policy: Policy; readonly budgets: readonly BudgetState[] },
): Cuts {
  const cuts = new Map<BudgetState, ReadonlyMap<string, Cut>>();
  for (const state of circumstances.budgets) {
    const thresholds = crossedThresholds(state).filter(
      ({ basis, action }) => basis === 'committed' && action !== 'notify',
    );
    const lowest = thresholds.toSorted((a, b) => a.percent - b.percent)[0];
    if (lowest) cuts.set(state, cutsOf(state, lowest, decisions, circumstances));
  }
  return cuts;
}

function cutsOf(
  state: BudgetState,
  threshold: Threshold,
  decisions: readonly Decision[],
  circumstances: ProtectedBy & { readonly policy: Policy },
): ReadonlyMap<string, Cut> {
  const own = decisions.filter(({ item }) => chargedTo(state, item) && matchesItem(state.rule.match, item));
  const amount = (item: WorkItem) =>
    amountOf(remainingMinutes(item), state.unit, circumstances.policy.pricePerMeteredMinute);
  let committed = own
    .filter(({ action }) => action === 'stop')
    .reduce((left, { item }) => left - amount(item) + amount(stoppedForm(item)), state.committed);
  const chosen: WorkItem[] = [];
  for (const item of candidates(own, state, circumstances)) {
    if (!isOver(withoutDrift(committed), state.limit, threshold.percent)) break;
    if (amount(item) === 0) continue;
    committed -= amount(item);
    chosen.push(item);
  }
  return new Map(chosen.map(({ arn }, index) => [arn, { threshold, turn: index + 1, of: chosen.length }]));
}

function candidates(
  own: readonly Decision[],
  state: BudgetState,
  circumstances: ProtectedBy,
): readonly WorkItem[] {
  const isFree = (item: WorkItem, { ignoreExemptions }: BudgetRule) =>
    ignoreExemptions || protectionOf(item, circumstances) === undefined;
  return own
    .filter(({ action }) => action !== 'stop')
    .map(({ item }) => item)
    .filter((item) => item.phase === 'queued' && !whyNotMoney(state, item) && isFree(item, state.rule))
    .sort(newestFirst);
}

function newestFirst(a: WorkItem, b: WorkItem): number {
  const [ofA, ofB] = [a.created ?? a.chargedAt ?? 0, b.created ?? b.chargedAt ?? 0];
  return ofB - ofA || Number(a.arn < b.arn) - Number(a.arn > b.arn);
}

/** An item once its stop has been accepted: queued work is over at once, started work tears down. */
function stoppedForm(item: WorkItem): WorkItem {
  return { ...item, phase: item.phase === 'queued' ? 'completed' : 'stopping' };
}
