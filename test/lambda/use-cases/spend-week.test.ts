import { describe, expect, it } from 'vitest';
import type { SweepSummary } from '../../../lambda/core/report/sweep-summary.ts';
import { type Guard, startGuard } from '../../harness/guard-in-process.ts';
import { billedAt, type Compared, compare, faultOf, stillInFlight } from './spend-figures.ts';
import { type Added, seededWork, weekOptions } from './spend-week.ts';

const HOUR = 3_600_000;
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

const COMPARING = {
  zone: ZONE,
  price: PRICE,
  kinds: new Map([['daily', 'day'] as const, ['weekly', 'week'] as const]),
};

interface Days {
  readonly compared: readonly Compared[];
  readonly summaries: readonly SweepSummary[];
}

/** A sweep every 20 minutes for some days, on new containers now and then, sometimes two at once. */
async function sweepDays(guard: Guard, begin: number, days: number, seed: number): Promise<Days> {
  const addWork = seededWork(guard, seed);
  const added: Added[] = [];
  const [compared, summaries]: [Compared[], SweepSummary[]] = [[], []];
  let container = guard.container();
  let inFlight: ReadonlySet<string> = new Set();
  guard.clock.advanceTo(begin);
  for (let step = 1; guard.clock.now() < begin + days * 24 * HOUR; step += 1) {
    guard.pass(20);
    const now = guard.clock.now();
    const fresh = step % 2 === 0 ? [addWork()] : [];
    added.push(...fresh);
    inFlight = stillInFlight(guard, [...inFlight, ...fresh.flatMap(({ items }) => items)]);
    if (step % 50 === 0) container = guard.container();
    const other = step % 30 === 0 ? [guard.sweep({ in: guard.container() })] : [];
    for (const summary of await Promise.all([guard.sweep({ in: container }), ...other])) {
      compared.push(...compare(guard, summary, { now, added, inFlight }, COMPARING));
      summaries.push(summary);
    }
  }
  return { compared, summaries };
}

describe('what is spent, committed and forecast, over days of work of which overhead and teardown are not known', () => {
  it.each([
    { counters: 'settled' as const, days: 7, clocks: 'go back', begin: Date.UTC(2026, 9, 22, 4), seed: 11 },
    { counters: 'live' as const, days: 7, clocks: 'go forward', begin: Date.UTC(2027, 2, 25, 4), seed: 12 },
    {
      counters: 'settled' as const,
      days: 2,
      clocks: 'go forward',
      begin: Date.UTC(2027, 2, 27, 4),
      seed: 13,
    },
    { counters: 'live' as const, days: 2, clocks: 'go back', begin: Date.UTC(2026, 9, 24, 4), seed: 14 },
  ])(
    'is true of what is billed, with counters $counters in flight for $days days and clocks that $clocks',
    async ({ counters, days, begin, seed }) => {
      const guard = await startGuard({ policy: POLICY, emulator: weekOptions(counters) });

      const { compared, summaries } = await sweepDays(guard, begin, days, seed);

      const finallyBilled = billedAt(guard, guard.clock.now() + 6 * HOUR);
      expect(compared.flatMap((figure) => faultOf(figure, finallyBilled) ?? [])).toEqual([]);
      // Two budgets, and the account and some projects by day and by week.
      expect(compared.length).toBeGreaterThan(6 * summaries.length);
      expect(compared.some(({ forecast }) => forecast === null)).toBe(true);
      expect(compared.some(({ forecast }) => forecast !== null)).toBe(true);
      // Work went on across the ends of days: budgets of a day that was over and not settled.
      expect(summaries.some(({ usage }) => usage.length > 2)).toBe(true);
      expect(summaries.flatMap(({ problems }) => problems)).toEqual([]);
      const errors = summaries.map(({ estimateError }) => estimateError);
      expect(errors.reduce((total, { count }) => total + count, 0)).toBeGreaterThan(20 * days);
    },
    600_000,
  );
});
