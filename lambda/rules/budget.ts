import type { z } from 'zod';
import type { WorkItem } from '../model.ts';
import { withoutDrift } from '../money.ts';
import { type BudgetState, figureOf, formatAmountsApart, type Threshold } from '../usage/budgets.ts';
import { type Fields, notApplicable, type RuleType } from './rule.ts';

function schema({ rule, z }: Fields) {
  const limit = z
    .union([
      z.strictObject({
        usd: z.number().positive().max(10_000_000).describe('US dollars for metered device minutes.'),
      }),
      z.strictObject({
        meteredMinutes: z.number().positive().max(100_000_000).describe('Device minutes that are billed.'),
      }),
      z.strictObject({
        minutes: z.number().positive().max(100_000_000).describe('Device minutes, metered or not.'),
      }),
    ])
    .meta({
      description: 'What the period may use, in one of three units.',
      allowed: 'exactly one of usd, meteredMinutes and minutes, such as { usd: 50 }',
    });
  const threshold = z
    .strictObject({
      percent: z
        .number()
        .positive()
        .max(1_000)
        .describe('The action is taken while the figure is above this percentage of the limit.'),
      basis: z
        .enum(['spent', 'worst-case', 'forecast'])
        .default('spent')
        .describe(
          'spent: final minutes and the estimate of work in flight. worst-case: that, and what work in flight can still use before its timeout. forecast: spent carried to the end of the period; only with notify.',
        ),
      action: z
        .enum(['notify', 'stop-queued', 'stop-all'])
        .describe(
          'notify: one notification a period. stop-queued: stop what has not started. stop-all: stop started work too.',
        ),
    })
    .describe('A percentage of the limit and what happens above it.');
  return rule('budget', 'What may be used in one day, week or month.', {
    period: z
      .enum(['day', 'week', 'month'])
      .describe('Begins at midnight in the time zone of the policy; weeks begin on Monday.'),
    limit,
    ignoreExemptions: z.boolean().default(false).describe('true: this budget stops exempt work too.'),
    thresholds: z.array(threshold).min(1).max(20).describe('What happens at which percentage of the limit.'),
  });
}

const NO_PERIOD = notApplicable('belongs to no period of this budget');

/**
 * A budget that is above one of its stopping thresholds in the period to which the usage of the item belongs. A budget of money or
 * metered minutes stops only work that Device Farm says is METERED.
 */
export const budget = {
  type: 'budget',
  isWatchedByBreaker: false,
  schema,
  describe: ({ period, limit, thresholds }) => {
    const [unit = '', amount = 0] = Object.entries(limit)[0] ?? [];
    const most =
      unit === 'usd' ? `$${amount}` : `${amount} ${unit === 'minutes' ? 'minutes' : 'metered minutes'}`;
    const actions = thresholds.map(({ percent, basis, action }) => `${action} above ${percent} % ${basis}`);
    return `more than ${most} in a ${period}: ${actions.join(', ')}`;
  },
  judge(rule, { budgets, worstCase }) {
    const own = budgets
      .filter((state) => state.rule.id === rule.id)
      .map((state) => ({
        state,
        crossed: crossedThresholds(state).filter(({ basis }) => basis === 'spent'),
        within: { verdict: 'within', reason: () => sentence(state), scope: 'any' } as const,
      }));
    return (item) => {
      const found = own.find((one) => isInPeriod(one.state, item));
      if (!found) return NO_PERIOD;
      const { state } = found;
      const notMoney = whyNotMoney(state, item);
      if (notMoney) return notApplicable(notMoney);
      const crossed =
        found.crossed.length === 0 ? [] : found.crossed.filter(({ action }) => isStoppedBy(action, item));
      const strongest = crossed.find(({ action }) => action === 'stop-all') ?? crossed[0];
      if (strongest) {
        const all = strongest.action === 'stop-all';
        return {
          verdict: 'over',
          reason: () =>
            `${sentence(state, 'spent', strongest.percent)}; at ${strongest.percent} % it stops ${all ? 'all' : 'queued'} work (rule ${rule.id})`,
          scope: all ? 'any' : 'queued',
        };
      }
      const stop = worstCase.get(state)?.get(item.arn);
      if (!stop) return found.within;
      return {
        verdict: 'over',
        reason: () =>
          `${sentence(state, 'worst-case', stop.percent)}; at ${stop.percent} % it stops queued work, the newest first, until the rest fits: this is ${stop.place} of ${stop.of} (rule ${rule.id})`,
        scope: 'queued',
      };
    };
  },
} satisfies RuleType<z.output<ReturnType<typeof schema>>>;

/** The thresholds that their figure is above, in the order of the policy. A forecast that does not exist is above nothing. */
export function crossedThresholds(state: BudgetState): readonly Threshold[] {
  return state.rule.thresholds.filter(({ percent, basis }) => {
    const figure = figureOf(state, basis);
    return figure !== undefined && isOver(figure, state.limit, percent);
  });
}

/** Whether a figure is strictly above a percentage of a limit. */
export function isOver(figure: number, limit: number, percent: number): boolean {
  return withoutDrift(figure * 100) > withoutDrift(limit * percent);
}

/**
 * What a budget stands at: `$52.10 of $50.00 spent in the day of 2026-11-23 (104 %)`; the percentage is rounded down. A forecast that
 * does not exist is shown as the spent figure.
 * @param above a percentage that the figure is above: the sentence shows that it is
 */
export function sentence(
  state: BudgetState,
  basis: Threshold['basis'] = 'spent',
  above = Number.NEGATIVE_INFINITY,
): string {
  const { unit, limit, period } = state;
  const figure = figureOf(state, basis);
  if (figure === undefined) return sentence(state);
  const [amount, most] = formatAmountsApart(unit, figure, limit);
  const percent = percentAbove(withoutDrift((figure * 100) / limit), above);
  const what = basis === 'worst-case' ? 'at worst' : basis;
  return `${amount} of ${most} ${what} in the ${period.kind} of ${period.label} (${percent} %)`;
}

/** A percentage rounded down, with as many digits as it takes to be above another one that it is above. */
function percentAbove(percent: number, above: number): number {
  const shown = [0, 1, 2, 3, 4, 5, 6].map((digits) => Math.floor(percent * 10 ** digits) / 10 ** digits);
  return percent > above ? (shown.find((one) => one > above) ?? percent) : Math.floor(percent);
}

/** Whether the usage of an item belongs to the period of a state. */
export function isInPeriod({ period }: BudgetState, { usageAt }: WorkItem): boolean {
  return usageAt !== undefined && usageAt >= period.start && usageAt < period.end;
}

/** Why stopping an item would save nothing of what a budget counts; absent when it would. */
export function whyNotMoney({ unit }: BudgetState, { billing }: WorkItem): string | undefined {
  if (unit === 'minutes' || billing === 'metered') return undefined;
  return billing === 'unmetered' ? 'is unmetered; it costs nothing' : 'does not say how it is billed';
}

function isStoppedBy(action: Threshold['action'], { phase }: WorkItem): boolean {
  return (action === 'stop-all' && phase !== 'stopping') || (action === 'stop-queued' && phase === 'queued');
}
