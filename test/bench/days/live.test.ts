import { describe, expect, it, onTestFinished } from 'vitest';
import { assessAfresh } from '../../../bench/days/assess-afresh.ts';
import { crossableIn } from '../../../bench/days/crossable-in.ts';
import { type Day, dayOf, type TestPlan } from '../../../bench/days/day.ts';
import { dayResult } from '../../../bench/days/day-result.ts';
import { figuresOf } from '../../../bench/days/figures.ts';
import { followClock } from '../../../bench/days/follow-clock.ts';
import { guardStrategy } from '../../../bench/days/guard-strategy.ts';
import { InFlight } from '../../../bench/days/in-flight.ts';
import { listingOrder } from '../../../bench/days/listing-order.ts';
import { live } from '../../../bench/days/live.ts';
import { policyOfDay, type Watching } from '../../../bench/days/policy-of-day.ts';
import { stopAll } from '../../../bench/days/stop-all.ts';
import type { Strategy } from '../../../bench/days/strategy.ts';
import { worldOf } from '../../../bench/days/world.ts';
import type { SweepSummary } from '../../../lambda/core/report/sweep-summary.ts';
import { MICRO_PER_USD } from '../../../lambda/core/spend/money.ts';

const PRICE = 0.17;
const EIGHT = 8 * 60;
/** Minutes that the emulator needs to put work on a device that is free. */
const APPROACH = 0.45;

function test(testMinutes: number): TestPlan {
  return { testMinutes, passes: true, setupMinutes: 0.5, teardownMinutes: 0.5 };
}

/** One device, a dollar a day; a test of 20 minutes on the device, one behind it, and one of 25 on a slot of its own. */
const TINY: Day = {
  seed: 1,
  slots: 1,
  timeouts: [60],
  runs: [
    { project: 0, name: 'first', atMinute: EIGHT, metered: true, tests: [test(20)] },
    { project: 0, name: 'behind', atMinute: EIGHT + 1, metered: true, tests: [test(20)] },
    { project: 0, name: 'own', atMinute: EIGHT, metered: false, tests: [test(25)] },
  ],
  sessions: [],
  limitUsd: 1,
  maxStopsPerHour: 200,
};

/** The morning of a seeded day on a small budget. */
const SHORT: Day = { ...dayOf(3), runs: dayOf(3).runs.slice(0, 10), limitUsd: 20 };

async function figuresUnder(strategy?: Strategy, watching: Watching = 'spent') {
  const alone = await live(TINY, watching);
  return figuresOf(await live(TINY, watching, strategy), alone, { limitUsd: 1, price: PRICE });
}

describe('a day on the emulator', () => {
  it('bills both metered tests in full when nobody stops anything', async () => {
    const { billed, killed, stops } = await figuresUnder();

    expect(billed).toBeCloseTo(2 * 21 * PRICE, 9);
    expect([killed, stops]).toEqual([0, 0]);
  });

  it.each([
    { strategy: guardStrategy, killed: 1 },
    { strategy: listingOrder, killed: 1 },
    { strategy: stopAll, killed: 2 },
  ])('is cut at the first look above the budget by $strategy.name', async ({ strategy, killed }) => {
    const figures = await figuresUnder(strategy);

    const minutes = 10 - APPROACH + 0.5;
    expect(figures.billed).toBeCloseTo(minutes * PRICE, 9);
    expect(figures.beyond).toBeCloseTo(minutes * PRICE - 1, 9);
    expect([figures.killed, figures.cancelled]).toEqual([killed, 1]);
  });

  it('keeps what has started when only the commitment is over, but for scripts that do not care', async () => {
    const roomy = { ...TINY, limitUsd: 12 };
    const killedBy = async (strategy: Strategy) =>
      (await live(roomy, 'committed', strategy)).filter(({ stopped, started }) => stopped && started).length;

    expect([await killedBy(guardStrategy), await killedBy(stopAll)]).toEqual([0, 2]);
  });

  it('comes to the same figures whenever it is lived', async () => {
    for (const watching of ['spent', 'committed'] as const) {
      const first = await dayResult(SHORT, watching);
      const second = await dayResult(SHORT, watching);

      expect(second).toEqual(first);
      expect(first.figures.guard.billed).toBeLessThan(first.figures.nobody.billed);
    }
  });
});

describe('a script that looks at the day', () => {
  it('sees the figures that a sweep sees', async () => {
    const seen: { readonly sweep?: number; readonly script?: number }[] = [];
    const both: Strategy = {
      name: 'both',
      look: async (world, policy, look) => {
        const { budgets } = await assessAfresh(world, policy, world.begin());
        const summary: Partial<SweepSummary> = (await guardStrategy.look(world, policy, look)) ?? {};
        seen.push({
          script: (budgets[0]?.spent ?? Number.NaN) / MICRO_PER_USD,
          sweep: summary.usage?.[0]?.spent,
        });
      },
    };

    await live(SHORT, 'spent', both);

    expect(seen.length).toBeGreaterThan(0);
    for (const { sweep, script } of seen) expect(script).toBeCloseTo(sweep ?? Number.NaN, 6);
  });

  it.each([
    { seed: 2, watching: 'spent' as const },
    { seed: 5, watching: 'committed' as const },
  ])('would stop nothing at the looks that are left out (seed $seed)', async ({ seed, watching }) => {
    const day = dayOf(seed);
    const world = await worldOf(day);
    onTestFinished(followClock(world.clock));
    const policy = policyOfDay(day, watching);
    const inFlight = new InFlight(world);
    const looks = { made: 0, leftOut: 0, wrong: 0 };

    for (let minute = 0; minute < 24 * 60; minute += 10) {
      world.clock.advance(10 * 60_000);
      if (crossableIn(world, inFlight.now(), policy)) looks.made += 1;
      else {
        const { decisions } = await assessAfresh(world, policy, world.begin());
        looks.leftOut += 1;
        looks.wrong += decisions.filter(({ action }) => action === 'stop').length;
      }
    }

    expect(looks.wrong).toBe(0);
    expect(looks.made).toBeGreaterThan(0);
    expect(looks.leftOut).toBeGreaterThan(0);
  });
});
