import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Billing, Usage } from '../../lambda/model.ts';
import { DAY, HOUR, MINUTE } from '../../lambda/time.ts';
import {
  type BudgetLimit,
  type BudgetState,
  budgetHorizon,
  budgetStates,
  figureOf,
  forecastOf,
  formatAmountsApart,
} from '../../lambda/usage/budgets.ts';
import { periodOf } from '../../lambda/usage/periods.ts';
import { metered, NOW, usage } from '../support/samples.ts';
import { budget, usagePolicy } from './policies.ts';

const MIDNIGHT = Date.UTC(2026, 10, 25);
const unmetered = (minutes: number) => ({ total: minutes, metered: 0, unmetered: minutes });
const minutesBudget = (limit: number, facts: Partial<BudgetLimit> = {}) =>
  budget({ limit: { minutes: limit }, ...facts });

/** The one state of the one budget. */
function only(states: readonly BudgetState[]): BudgetState {
  const [state, ...others] = states;
  if (!state || others.length > 0) throw new Error(`${states.length} states: expected one`);
  return state;
}

const anyUsage: fc.Arbitrary<Usage> = fc
  .record({
    created: fc.integer({ min: NOW - 70 * DAY, max: NOW }),
    total: fc.integer({ min: 0, max: 10_000 }),
    billing: fc.constantFrom<Billing>('metered', 'unmetered', 'unknown'),
    basis: fc.constantFrom('final' as const, 'estimated' as const, 'inFlight' as const),
  })
  .map(({ total, ...facts }) =>
    usage({
      ...facts,
      minutes: facts.billing === 'unmetered' ? unmetered(total / 100) : metered(total / 100),
    }),
  );

describe('budgets', () => {
  it('count each unit by itself: money and metered minutes leave unmetered work out', () => {
    const policy = usagePolicy([
      budget({ id: 'money', limit: { usd: 50 } }),
      budget({ id: 'metered', limit: { meteredMinutes: 300 } }),
      budget({ id: 'all', limit: { minutes: 600 } }),
    ]);
    const usages = [
      usage({ minutes: { total: 83.35, metered: 75.69, unmetered: 0 } }),
      usage({ billing: 'unmetered', minutes: { total: 1.38, metered: 0, unmetered: 1.13 } }),
    ];

    const states = budgetStates(policy, usages, NOW);

    expect(states.map(({ unit, spent, limit }) => ({ unit, spent, limit }))).toEqual([
      { unit: 'usd', spent: 12_867_300, limit: 50_000_000 },
      { unit: 'meteredMinutes', spent: 75.69, limit: 300 },
      { unit: 'minutes', spent: 84.73, limit: 600 },
    ]);
  });

  it('take billing that is not known for metered, as the service does', () => {
    const policy = usagePolicy([budget()], { pricePerMeteredMinute: 1 });

    const { spent } = only(budgetStates(policy, [usage({ billing: 'unknown', minutes: metered(7) })], NOW));

    expect(spent).toBe(7_000_000);
  });

  it('count only what they match', () => {
    const policy = usagePolicy([minutesBudget(100, { match: { projects: ['mobile'] } })]);
    const usages = [usage(), usage({ project: { arn: 'other', name: 'web' }, minutes: metered(99) })];

    expect(only(budgetStates(policy, usages, NOW)).spent).toBe(10);
  });

  it('add to the worst case what work in flight can still use', () => {
    const inFlight = usage({ basis: 'inFlight', minutes: metered(40), remaining: metered(110) });

    const state = only(budgetStates(usagePolicy([minutesBudget(100)]), [usage(), inFlight], NOW));

    expect(state).toMatchObject({ spent: 50, worstCase: 160, forecast: 100 });
    expect([figureOf(state, 'spent'), figureOf(state, 'worst-case'), figureOf(state, 'forecast')]).toEqual([
      50, 160, 100,
    ]);
  });

  it.each([
    { created: MIDNIGHT - 1, spent: 0 },
    { created: MIDNIGHT, spent: 10 },
    { created: MIDNIGHT + DAY - 1, spent: 10 },
    { created: MIDNIGHT + DAY, spent: 0 },
  ])('count work in the period of its creation: $created', ({ created, spent }) => {
    const state = only(budgetStates(usagePolicy([minutesBudget(100)]), [usage({ created })], NOW));

    expect(state.spent).toBe(spent);
  });

  it('look at an earlier period as long as it has work in flight, with all of its usage', () => {
    const usages = [
      usage({ created: MIDNIGHT - 2 * HOUR, basis: 'inFlight' }),
      usage({ created: MIDNIGHT - 3 * HOUR, basis: 'final', minutes: metered(5) }),
      usage({ created: MIDNIGHT - 26 * HOUR, basis: 'final' }),
      usage({ created: MIDNIGHT + HOUR, minutes: metered(1) }),
    ];

    const states = budgetStates(usagePolicy([minutesBudget(100)]), usages, NOW);

    expect(states.map(({ period, spent }) => [period.label, spent])).toEqual([
      ['2026-11-24', 15],
      ['2026-11-25', 1],
    ]);
  });

  it('do not look at a day that has not begun, whatever a clock says that is ahead', () => {
    const usages = [usage({ created: MIDNIGHT + DAY, basis: 'inFlight' })];

    expect(only(budgetStates(usagePolicy([minutesBudget(100)]), usages, NOW)).period.start).toBe(MIDNIGHT);
  });

  it('have no forecast while too little of their period has passed', () => {
    const { amounts } = only(budgetStates(usagePolicy([minutesBudget(100)]), [], MIDNIGHT + HOUR));

    expect(amounts.minutes).toStrictEqual({ spent: 0, worstCase: 0 });
  });

  it('have no limit below one micro-dollar', () => {
    const { limit } = only(budgetStates(usagePolicy([budget({ limit: { usd: 0.000_000_1 } })]), [], NOW));

    expect(limit).toBe(1);
  });

  it('sum hundredths without the drift of binary fractions', () => {
    const usages = [0.1, 0.1, 0.1].map((minutes) => usage({ minutes: metered(minutes) }));

    expect(only(budgetStates(usagePolicy([minutesBudget(0.3)]), usages, NOW)).spent).toBe(0.3);
  });

  it('are the only rules with a state', () => {
    const policy = usagePolicy([{ type: 'job-duration' }]);

    expect(budgetStates(policy, [usage()], NOW)).toEqual([]);
    expect(budgetHorizon(policy, [usage()], NOW)).toBeUndefined();
  });

  it('count each usage in exactly one period, show every period with work in flight, and keep money whole', () => {
    const period = fc.constantFrom('day' as const, 'week' as const, 'month' as const);
    const price = fc.double({ min: 0, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.array(anyUsage, { maxLength: 30 }), period, price, (usages, period, price) => {
        const policy = usagePolicy([minutesBudget(100, { period })], {
          timezone: 'America/Santiago',
          pricePerMeteredMinute: price,
        });

        const states = budgetStates(policy, usages, NOW);

        for (const one of usages) {
          const homes = states.filter(
            (state) => one.created >= state.period.start && one.created < state.period.end,
          );
          const isShown = one.basis === 'inFlight' || one.created >= (states.at(-1)?.period.start ?? 0);
          expect(homes.length).toBeLessThanOrEqual(1);
          if (isShown) expect(homes).toHaveLength(1);
        }
        const inView = usages.filter(({ created }) =>
          states.some(({ period }) => created >= period.start && created < period.end),
        );
        const total = inView.reduce((sum, { minutes }) => sum + Math.round(minutes.total * 100), 0);
        expect(states.reduce((sum, { spent }) => sum + Math.round(spent * 100), 0)).toBe(total);
        for (const { amounts } of states) expect(Number.isSafeInteger(amounts.usd.spent)).toBe(true);
      }),
    );
  });
});

describe('the horizon of budgets', () => {
  it('is the start of the longest current period', () => {
    const policy = usagePolicy([budget(), budget({ id: 'monthly', period: 'month' })]);

    expect(budgetHorizon(policy, [], NOW)).toBe(Date.UTC(2026, 10, 1));
  });

  it('goes back to an earlier period that has work in flight', () => {
    const inFlight = [usage({ basis: 'inFlight', created: MIDNIGHT - MINUTE })];

    expect(budgetHorizon(usagePolicy([budget()]), inFlight, NOW)).toBe(MIDNIGHT - DAY);
  });
});

describe('the forecast', () => {
  const day = periodOf('day', NOW, 'UTC');

  it.each([
    { hours: 2.39, forecast: undefined },
    { hours: 2.4, forecast: 100 },
    { hours: 12, forecast: 20 },
    { hours: 23.99, forecast: 10.004168 },
    { hours: 24, forecast: undefined },
    { hours: 48, forecast: undefined },
    { hours: -1, forecast: undefined },
  ])('of 10 spent after $hours h of a day is $forecast', ({ hours, forecast }) => {
    const result = forecastOf(10, day, day.start + hours * HOUR);

    if (forecast === undefined) expect(result).toBeUndefined();
    else expect(result).toBeCloseTo(forecast, 5);
  });

  it('takes a day of 23 hours for what it is', () => {
    const spring = periodOf('day', Date.UTC(2027, 2, 28, 12), 'Europe/Berlin');

    expect(forecastOf(10, spring, spring.start + 11.5 * HOUR)).toBeCloseTo(20, 9);
  });

  it('is never below what is spent', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: day.start, max: day.end }), (spent, at) => {
        expect(forecastOf(spent, day, at) ?? spent).toBeGreaterThanOrEqual(spent);
      }),
    );
  });
});

describe('two amounts in words', () => {
  it.each([
    ['usd', 12_340_000, '$12.34'],
    ['meteredMinutes', 300, '300 min'],
    ['minutes', 1.5, '1.5 min'],
  ] as const)('of %s are written alike: %d as %s', (unit, amount, text) => {
    expect(formatAmountsApart(unit, amount, amount)).toEqual([text, text]);
  });
});
