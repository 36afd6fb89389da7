import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Charge } from '../../../../lambda/core/charge.ts';
import type { Billing } from '../../../../lambda/core/service.ts';
import {
  type BudgetState,
  budgetHorizon,
  budgetStates,
  formatAmountsApart,
} from '../../../../lambda/core/spend/budget-state.ts';
import { budgetRule, charge, hour, metered, minute, now, policy } from '../samples.ts';

const midnight = Date.UTC(2026, 10, 25);
const unmetered = (minutes: number) => ({ total: minutes, metered: 0, unmetered: minutes });

/** The one state of the one budget. */
function only(states: readonly BudgetState[]): BudgetState {
  const [state, ...others] = states;
  if (!state || others.length > 0) throw new Error(`${states.length} states: expected one`);
  return state;
}

const anyCharge: fc.Arbitrary<Charge> = fc
  .record({
    created: fc.integer({ min: now - 70 * 24 * hour, max: now }),
    total: fc.integer({ min: 0, max: 10_000 }),
    billing: fc.constantFrom<Billing>('metered', 'unmetered', 'unknown'),
    basis: fc.constantFrom('final', 'estimated', 'inFlight'),
  })
  .map(({ total, ...facts }) =>
    charge({
      ...facts,
      minutes: facts.billing === 'unmetered' ? unmetered(total / 100) : metered(total / 100),
    }),
  );

describe('budgetStates', () => {
  it('counts each unit by itself: money and metered minutes leave unmetered work out', () => {
    const rules = policy([
      budgetRule({ id: 'money', limit: { usd: 50 } }),
      budgetRule({ id: 'metered', limit: { meteredMinutes: 300 } }),
      budgetRule({ id: 'all', limit: { minutes: 600 } }),
    ]);
    const charges = [
      charge({ minutes: { total: 83.35, metered: 75.69, unmetered: 0 } }),
      charge({ billing: 'unmetered', minutes: { total: 1.38, metered: 0, unmetered: 1.13 } }),
    ];

    const states = budgetStates(rules, charges, now);

    expect(states.map(({ unit, spent, limit }) => ({ unit, spent, limit }))).toEqual([
      { unit: 'usd', spent: 12_867_300, limit: 50_000_000 },
      { unit: 'meteredMinutes', spent: 75.69, limit: 300 },
      { unit: 'minutes', spent: 84.73, limit: 600 },
    ]);
  });

  it('takes billing that is not known for metered, as the service does', () => {
    const rules = policy([budgetRule()], { pricePerMeteredMinute: 1 });

    const { spent } = only(budgetStates(rules, [charge({ billing: 'unknown', minutes: metered(7) })], now));

    expect(spent).toBe(7_000_000);
  });

  it('counts only what it matches', () => {
    const rules = policy([budgetRule({ limit: { minutes: 100 }, match: { projects: ['mobile'] } })]);
    const charges = [charge(), charge({ project: { arn: 'other', name: 'web' }, minutes: metered(99) })];

    const { spent } = only(budgetStates(rules, charges, now));

    expect(spent).toBe(10);
  });

  it.each([
    { created: midnight - 1, spent: 0 },
    { created: midnight, spent: 10 },
    { created: midnight + 24 * hour - 1, spent: 10 },
    { created: midnight + 24 * hour, spent: 0 },
  ])('charges to the period of creation: $created', ({ created, spent }) => {
    const rules = policy([budgetRule({ limit: { minutes: 100 } })]);

    const state = only(budgetStates(rules, [charge({ created })], now));

    expect(state.spent).toBe(spent);
  });

  it('looks at an earlier period as long as it has unsettled work, with all of its charges', () => {
    const rules = policy([budgetRule({ limit: { minutes: 100 } })]);
    const charges = [
      charge({ created: midnight - 2 * hour, basis: 'inFlight' }),
      charge({ created: midnight - 3 * hour, basis: 'final', minutes: metered(5) }),
      charge({ created: midnight - 26 * hour, basis: 'final' }),
      charge({ created: midnight + hour, minutes: metered(1) }),
    ];

    const states = budgetStates(rules, charges, now);

    expect(states.map(({ period, spent }) => [period.label, spent])).toEqual([
      ['2026-11-24', 15],
      ['2026-11-25', 1],
    ]);
  });

  it('gives no figure below one micro-dollar as a limit', () => {
    const rules = policy([budgetRule({ limit: { usd: 0.000_000_1 } })]);

    const { limit } = only(budgetStates(rules, [], now));

    expect(limit).toBe(1);
  });

  it('sums hundredths without the drift of binary fractions', () => {
    const rules = policy([budgetRule({ limit: { minutes: 0.3 } })]);
    const charges = [0.1, 0.1, 0.1].map((minutes) => charge({ minutes: metered(minutes) }));

    const { spent } = only(budgetStates(rules, charges, now));

    expect(spent).toBe(0.3);
  });

  it('has no state of rules that are no budget', () => {
    const rules = policy([{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }]);

    expect(budgetStates(rules, [charge()], now)).toEqual([]);
  });

  it('counts each charge in exactly one period, and shows every period that has unsettled work', () => {
    const period = fc.constantFrom('day', 'week', 'month');
    fc.assert(
      fc.property(fc.array(anyCharge, { maxLength: 30 }), period, (charges, period) => {
        const rules = policy([budgetRule({ period, limit: { minutes: 100 } })], {
          timezone: 'America/Santiago',
        });

        const states = budgetStates(rules, charges, now);

        for (const one of charges) {
          const homes = states.filter(
            (state) => one.created >= state.period.start && one.created < state.period.end,
          );
          const isShown = one.basis === 'inFlight' || one.created >= (states.at(-1)?.period.start ?? 0);
          expect(homes.length).toBeLessThanOrEqual(1);
          if (isShown) expect(homes).toHaveLength(1);
        }
        const inView = charges.filter(({ created }) =>
          states.some(({ period }) => created >= period.start && created < period.end),
        );
        const total = inView.reduce((sum, { minutes }) => sum + Math.round(minutes.total * 100), 0);
        expect(states.reduce((sum, { spent }) => sum + Math.round(spent * 100), 0)).toBe(total);
      }),
    );
  });

  it('keeps money whole', () => {
    fc.assert(
      fc.property(
        fc.array(anyCharge, { maxLength: 30 }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (charges, price) => {
          const rules = policy([budgetRule()], { pricePerMeteredMinute: price });

          for (const { spent } of budgetStates(rules, charges, now))
            expect(Number.isSafeInteger(spent)).toBe(true);
        },
      ),
    );
  });
});

describe('budgetHorizon', () => {
  it('is the start of the longest current period', () => {
    const rules = policy([budgetRule(), budgetRule({ id: 'monthly', period: 'month' })]);

    expect(budgetHorizon(rules, [], now)).toBe(Date.UTC(2026, 10, 1));
  });

  it('goes back to an earlier period that has unsettled work', () => {
    const rules = policy([budgetRule()]);
    const unsettled = [charge({ basis: 'inFlight', created: midnight - minute })];

    expect(budgetHorizon(rules, unsettled, now)).toBe(midnight - 24 * hour);
  });

  it('is absent without budgets', () => {
    const rules = policy([{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }]);

    expect(budgetHorizon(rules, [], now)).toBeUndefined();
  });
});

describe('formatAmountsApart', () => {
  it.each([
    ['usd', 12_340_000, '$12.34'],
    ['meteredMinutes', 300, '300 min'],
    ['minutes', 1.5, '1.5 min'],
  ] as const)('writes %s of %d as %s', (unit, amount, text) => {
    expect(formatAmountsApart(unit, amount, amount)).toEqual([text, text]);
  });
});
