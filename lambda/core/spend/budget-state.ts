import type { Spent } from '../charge.ts';
import { matchesCharge } from '../policy/match.ts';
import type { BudgetRule, Policy } from '../policy/schema.ts';
import { type Amounts, amountsIn, type BudgetUnit, type Figures } from './amounts.ts';
import { formatMinutesApart, formatUsdApart, MICRO_PER_USD } from './money.ts';
import { type Period, periodOf } from './period.ts';

/** One budget in one period. Amounts are micro-dollars for `usd`, device minutes otherwise. */
export interface BudgetState extends Figures {
  readonly rule: BudgetRule;
  readonly period: Period;
  readonly unit: BudgetUnit;
  readonly limit: number;
  /** The figures in every unit, that of the limit included. */
  readonly amounts: Amounts;
}

/**
 * The state of each budget in the current period, and in each earlier one that still has unsettled work.
 * @param charges settled and unsettled, each run or session once, by itself or in one sum
 */
export function budgetStates(policy: Policy, charges: readonly Spent[], now: number): readonly BudgetState[] {
  return policy.rules.filter(isBudget).flatMap((rule) => {
    const own = charges.filter((charge) => matchesCharge(rule.match, charge));
    return periodsInView(rule, own, policy.timezone, now).map((period) =>
      stateIn(period, rule, own, policy, now),
    );
  });
}

/** The start of the oldest period that a budget looks at, or `undefined` when the policy has no budget. */
export function budgetHorizon(policy: Policy, unsettled: readonly Spent[], now: number): number | undefined {
  const starts = policy.rules
    .filter(isBudget)
    .flatMap((rule) => periodsInView(rule, unsettled, policy.timezone, now))
    .map((period) => period.start);
  return starts.length === 0 ? undefined : Math.min(...starts);
}

/** Two amounts in words, `$12.34` or `300 min`: with more digits where rounding would hide that they differ. */
export function formatAmountsApart(unit: BudgetUnit, a: number, b: number): readonly [string, string] {
  return unit === 'usd' ? formatUsdApart(a, b) : formatMinutesApart(a, b);
}

function isBudget(rule: Policy['rules'][number]): rule is BudgetRule {
  return rule.type === 'budget';
}

function periodsInView(
  rule: BudgetRule,
  charges: readonly Spent[],
  timezone: string,
  now: number,
): readonly Period[] {
  const current = periodOf(rule.period, now, timezone);
  const byStart = new Map([[current.start, current]]);
  for (const { basis, created } of charges) {
    if (basis !== 'inFlight' || created >= current.start) continue;
    const period = periodOf(rule.period, created, timezone);
    byStart.set(period.start, period);
  }
  return [...byStart.values()].sort((a, b) => a.start - b.start);
}

function stateIn(
  period: Period,
  rule: BudgetRule,
  charges: readonly Spent[],
  policy: Policy,
  now: number,
): BudgetState {
  const { unit, limit } = limitOf(rule);
  const amounts = amountsIn(period, charges, policy.pricePerMeteredMinute, now);
  return { rule, period, unit, limit, ...amounts[unit], amounts };
}

function limitOf({ limit }: BudgetRule): { unit: BudgetUnit; limit: number } {
  if ('usd' in limit) return { unit: 'usd', limit: Math.max(1, Math.round(limit.usd * MICRO_PER_USD)) };
  if ('meteredMinutes' in limit) return { unit: 'meteredMinutes', limit: limit.meteredMinutes };
  return { unit: 'minutes', limit: limit.minutes };
}
