import type { Policy } from '../../lambda/core/policy/schema.ts';
import { crossedThresholds, isOver } from '../../lambda/core/rules/budget.ts';
import type { Threshold } from '../../lambda/core/rules/threshold.ts';
import { amountOf } from '../../lambda/core/spend/amounts.ts';
import type { BudgetState } from '../../lambda/core/spend/budget-state.ts';
import { remainingMinutes } from '../../lambda/core/spend/remaining.ts';
import type { WorkItem } from '../../lambda/core/work-item.ts';
import { inListingOrder, type StopCall, stoppingScript } from './stopping-script.ts';

/**
 * Stops metered work one after the other as the listings show it, queued or started alike, until the figure is under its
 * limit. No stop lowers what is spent, so above that limit all metered work goes.
 */
export const listingOrder = stoppingScript('listing order', (assessment, policy) => {
  const metered = inListingOrder(assessment).filter(({ billing }) => billing === 'metered');
  const chosen = assessment.budgets.flatMap((state) => chosenBy(state, metered, policy));
  return [...new Set(chosen)].map(({ kind, arn }): StopCall => ({ api: kind, arn, stops: 1 }));
});

function chosenBy(state: BudgetState, items: readonly WorkItem[], policy: Policy): readonly WorkItem[] {
  const crossed = crossedThresholds(state).filter(({ action }) => action !== 'notify');
  if (crossed.some(({ basis }) => basis === 'spent')) return items;
  const committed = crossed.find(({ basis }) => basis === 'committed');
  return committed ? untilUnder(committed, state, items, policy) : [];
}

function untilUnder(
  { percent }: Threshold,
  { unit, committed, limit }: BudgetState,
  items: readonly WorkItem[],
  { pricePerMeteredMinute }: Policy,
): readonly WorkItem[] {
  const left = (item: WorkItem) => amountOf(remainingMinutes(item), unit, pricePerMeteredMinute);
  const chosen: WorkItem[] = [];
  let figure = committed;
  for (const item of items) {
    if (!isOver(figure, limit, percent)) break;
    const stopped: WorkItem = { ...item, phase: item.phase === 'queued' ? 'completed' : 'stopping' };
    figure -= left(item) - left(stopped);
    chosen.push(item);
  }
  return chosen;
}
