import { describe, expect, it } from 'vitest';
import { type PeriodKind, periodOf } from '../../../lambda/core/spend/period.ts';
import type { SweepSummary } from '../../../lambda/core/sweep-summary.ts';
import { type Guard, startGuard } from '../../harness/guard-in-process.ts';
import { seededWork, weekOptions } from './spend-week.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK = 168 * HOUR;
const ZONE = 'Europe/Berlin';
const PRICE = 0.17;
const thresholds = [{ percent: 1000, action: 'notify' as const }];
const POLICY = {
  timezone: ZONE,
  rules: [
    { id: 'daily', type: 'budget' as const, period: 'day' as const, limit: { usd: 100_000 }, thresholds },
    { id: 'weekly', type: 'budget' as const, period: 'week' as const, limit: { usd: 100_000 }, thresholds },
  ],
};

interface Week {
  /** The figures that were compared, and those that were too far off. */
  readonly compared: number;
  readonly wrong: readonly string[];
  readonly summaries: readonly SweepSummary[];
}

/** A sweep every 20 minutes for a week, on new containers now and then, sometimes two at once. */
async function aWeek(guard: Guard, begin: number, seed: number): Promise<Week> {
  const addWork = seededWork(guard, seed);
  const created = new Map<string, number>();
  const [wrong, summaries]: [string[], SweepSummary[]] = [[], []];
  let compared = 0;
  let container = guard.container();
  guard.clock.advanceTo(begin);
  for (let step = 1; guard.clock.now() < begin + WEEK; step += 1) {
    guard.pass(20);
    if (step % 2 === 0) {
      const work = addWork();
      created.set(work.arn, work.created);
    }
    if (step % 50 === 0) container = guard.container();
    const now = guard.clock.now();
    const other = step % 30 === 0 ? [guard.sweep({ in: guard.container() })] : [];
    for (const summary of await Promise.all([guard.sweep({ in: container }), ...other])) {
      for (const [name, spent, kind, label] of figuresOf(summary)) {
        const truth = billed(guard, created, kind, label, now);
        const allowed = 0.02 * truth + 0.3 * summary.activeItems;
        compared += 1;
        if (Math.abs(spent - truth) > allowed)
          wrong.push(`${new Date(now).toISOString()} ${name}: ${spent} for ${truth}, ${allowed} allowed`);
      }
      summaries.push(summary);
    }
  }
  return { compared, wrong, summaries };
}

/** Metered minutes that a sweep says were spent, by budget and for the account. */
function figuresOf({ usage, spend }: SweepSummary): readonly [string, number, PeriodKind, string][] {
  const budgets = usage.map(({ rule, spent, period }): [string, number, PeriodKind, string] => [
    `${rule} ${period}`,
    spent / PRICE,
    rule === 'daily' ? 'day' : 'week',
    period,
  ]);
  const account = spend
    .filter(({ project }) => project === null)
    .map(({ kind, period, usd }): [string, number, PeriodKind, string] => [
      `account ${kind}`,
      usd.spent / PRICE,
      kind,
      period,
    ]);
  return [...budgets, ...account];
}

/** Metered minutes that the emulator has billed up to now for what was created in a period. */
function billed(
  guard: Guard,
  created: ReadonlyMap<string, number>,
  kind: PeriodKind,
  label: string,
  now: number,
): number {
  const { start, end } = periodOf(kind, Date.parse(label) + 12 * HOUR, ZONE);
  const { runs, sessions } = guard.emulator.billed(now);
  return [...runs, ...sessions]
    .filter(([arn]) => (created.get(arn) ?? 0) >= start && (created.get(arn) ?? 0) < end)
    .reduce((sum, [, { metered }]) => sum + metered, 0);
}

describe('what is spent, over a week of work of which overhead and teardown are not known', () => {
  it.each([
    { counters: 'settled' as const, clocks: 'go back', begin: Date.UTC(2026, 9, 22, 4), seed: 11 },
    { counters: 'live' as const, clocks: 'go forward', begin: Date.UTC(2027, 2, 25, 4), seed: 12 },
  ])(
    'is what is billed, with counters $counters in flight and clocks that $clocks',
    async (week) => {
      const guard = await startGuard({ policy: POLICY, emulator: weekOptions(week.counters) });

      const { compared, wrong, summaries } = await aWeek(guard, week.begin, week.seed);

      expect(wrong).toEqual([]);
      expect(compared).toBeGreaterThan(2_000);
      // The week saw work across the ends of days: budgets of a day that was over and not settled.
      expect(summaries.some(({ usage }) => usage.length > 2)).toBe(true);
      expect(summaries.flatMap(({ problems }) => problems)).toEqual([]);
      const errors = summaries.map(({ estimateError }) => estimateError);
      expect(errors.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(150);
    },
    120_000,
  );
});
