import type { BudgetRule } from '../policy/schema.ts';
import { type BudgetState, formatAmount } from '../spend/budget-state.ts';
import { withoutDrift } from '../without-drift.ts';
import type { WorkItem } from '../work-item.ts';
import { type Finding, notApplicable } from './finding.ts';

/**
 * A budget that is over one of its stopping thresholds in the period to which the item is charged.
 * A budget of money or metered minutes stops only work that Device Farm says is METERED.
 */
export function budget(rule: BudgetRule, item: WorkItem, states: readonly BudgetState[]): Finding {
  const state = states.find((one) => one.rule.id === rule.id && charges(one, item));
  if (!state) return notApplicable('is charged to no period of this budget');
  if (state.unit !== 'minutes' && item.billing !== 'metered') {
    return notApplicable(
      item.billing === 'unmetered' ? 'is unmetered; it costs nothing' : 'does not say how it is billed',
    );
  }
  const crossed = crossedThresholds(state).filter(({ action }) => stops(action, item));
  const strongest = crossed.find(({ action }) => action === 'stop-all') ?? crossed[0];
  if (!strongest) return { verdict: 'within', reason: sentence(state) };
  return {
    verdict: 'over',
    reason: `${sentence(state)}; at ${strongest.percent} % it stops ${strongest.action === 'stop-all' ? 'all' : 'queued'} work (rule ${rule.id})`,
    only: strongest.action === 'stop-all' ? 'any' : 'queued',
  };
}

/** The thresholds that the figure is above, in the order of the policy. */
export function crossedThresholds(state: BudgetState): readonly BudgetRule['thresholds'][number][] {
  return state.rule.thresholds.filter(
    ({ percent }) => withoutDrift(state.spent * 100) > withoutDrift(state.limit * percent),
  );
}

/** What a budget stands at: `$52.10 of $50.00 spent in the day of 2026-11-23 (104 %)`; the percentage is rounded down. */
export function sentence({ unit, spent, limit, period }: BudgetState): string {
  const percent = Math.floor(withoutDrift((spent * 100) / limit));
  return `${formatAmount(unit, spent)} of ${formatAmount(unit, limit)} spent in the ${period.kind} of ${period.label} (${percent} %)`;
}

function charges({ period }: BudgetState, { chargedAt }: WorkItem): boolean {
  return chargedAt !== undefined && chargedAt >= period.start && chargedAt < period.end;
}

function stops(action: BudgetRule['thresholds'][number]['action'], item: WorkItem): boolean {
  return (
    (action === 'stop-all' && item.phase !== 'stopping') ||
    (action === 'stop-queued' && item.phase === 'queued')
  );
}
