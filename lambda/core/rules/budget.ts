import type { BudgetRule } from '../policy/schema.ts';
import type { Basis } from '../spend/amounts.ts';
import { type BudgetState, formatAmountsApart } from '../spend/budget-state.ts';
import { withoutDrift } from '../without-drift.ts';
import type { WorkItem } from '../work-item.ts';
import type { Cuts } from './cut.ts';
import { type Finding, notApplicable } from './finding.ts';
import type { Threshold } from './threshold.ts';

/**
 * A budget that is over one of its stopping thresholds in the period to which the item is charged.
 * A budget of money or metered minutes stops only work that Device Farm says is METERED.
 * @param cuts what the thresholds on the committed figure stop
 */
export function budget(
  rule: BudgetRule,
  item: WorkItem,
  states: readonly BudgetState[],
  cuts: Cuts = new Map(),
): Finding {
  const state = states.find((one) => one.rule.id === rule.id && chargedTo(one, item));
  if (!state) return notApplicable('is charged to no period of this budget');
  const notMoney = whyNotMoney(state, item);
  if (notMoney) return notApplicable(notMoney);
  const crossed = crossedThresholds(state).filter(
    ({ action, basis }) => basis === 'spent' && stops(action, item),
  );
  const strongest = crossed.find(({ action }) => action === 'stop-all') ?? crossed[0];
  if (strongest) {
    return {
      verdict: 'over',
      reason: `${sentence(state, 'spent', strongest.percent)}; at ${strongest.percent} % it stops ${strongest.action === 'stop-all' ? 'all' : 'queued'} work (rule ${rule.id})`,
      only: strongest.action === 'stop-all' ? 'any' : 'queued',
    };
  }
  const cut = cuts.get(state)?.get(item.arn);
  if (!cut) return { verdict: 'within', reason: sentence(state) };
  return {
    verdict: 'over',
    reason: `${sentence(state, 'committed', cut.threshold.percent)}; at ${cut.threshold.percent} % it stops queued work, the newest first, until the rest fits: this is ${cut.turn} of ${cut.of} (rule ${rule.id})`,
    only: 'queued',
  };
}

/** The thresholds that their figure is above, in the order of the policy. A forecast that does not exist is above nothing. */
export function crossedThresholds(state: BudgetState): readonly Threshold[] {
  return state.rule.thresholds.filter(({ percent, basis }) => {
    const figure = state[basis];
    return figure !== undefined && isOver(figure, state.limit, percent);
  });
}

/** Whether a figure is strictly above a percentage of a limit. */
export function isOver(figure: number, limit: number, percent: number): boolean {
  return withoutDrift(figure * 100) > withoutDrift(limit * percent);
}

/**
 * What a budget stands at: `$52.10 of $50.00 spent in the day of 2026-11-23 (104 %)`, or `committed`, or `forecast`; the
 * percentage is rounded down. A forecast that does not exist is told as the spent figure.
 * @param above a percentage that the figure is above: the sentence shows that it is
 */
export function sentence(
  state: BudgetState,
  basis: Basis = 'spent',
  above = Number.NEGATIVE_INFINITY,
): string {
  const { unit, limit, period } = state;
  const figure = state[basis];
  if (figure === undefined) return sentence(state);
  const [amount, most] = formatAmountsApart(unit, figure, limit);
  const percent = percentAbove(withoutDrift((figure * 100) / limit), above);
  return `${amount} of ${most} ${basis} in the ${period.kind} of ${period.label} (${percent} %)`;
}

/** A percentage rounded down, with as many digits as it takes to be above another one that it is above. */
function percentAbove(percent: number, above: number): number {
  const shown = [0, 1, 2, 3, 4, 5, 6].map((digits) => Math.floor(percent * 10 ** digits) / 10 ** digits);
  return percent > above ? (shown.find((one) => one > above) ?? percent) : Math.floor(percent);
}

/** Whether an item is charged to the period of a state. */
export function chargedTo({ period }: BudgetState, { chargedAt }: WorkItem): boolean {
  return chargedAt !== undefined && chargedAt >= period.start && chargedAt < period.end;
}

/** Why stopping an item would save nothing of what a budget counts; absent when it would. */
export function whyNotMoney({ unit }: BudgetState, { billing }: WorkItem): string | undefined {
  if (unit === 'minutes' || billing === 'metered') return undefined;
  return billing === 'unmetered' ? 'is unmetered; it costs nothing' : 'does not say how it is billed';
}

function stops(action: Threshold['action'], item: WorkItem): boolean {
  return (
    (action === 'stop-all' && item.phase !== 'stopping') ||
    (action === 'stop-queued' && item.phase === 'queued')
  );
}
