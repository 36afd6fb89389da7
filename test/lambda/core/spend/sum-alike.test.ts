import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Charge, Spent } from '../../../../lambda/core/charge.ts';
import type { BudgetRule } from '../../../../lambda/core/policy/schema.ts';
import type { Billing } from '../../../../lambda/core/service.ts';
import { budgetStates } from '../../../../lambda/core/spend/budget-state.ts';
import { spendLines } from '../../../../lambda/core/spend/spend-line.ts';
import { sumAlike, viewOf } from '../../../../lambda/core/spend/sum-alike.ts';
import { budgetRule, charge, hour, metered, now, policy } from '../samples.ts';

const DAY = 24 * hour;
const ZONES = ['UTC', 'Asia/Kathmandu', 'America/Santiago', 'Europe/Berlin', 'Pacific/Kiritimati'];
const NAMES = ['nightly-1', 'nightly-2', 'release-1', 'Nightly-1', ''];
const GLOBS = ['nightly-*', '*-1', 'release-*', '*'];

const minutes = fc.double({ min: 0, max: 10_000, noNaN: true });
const used = fc.record({ total: minutes, metered: minutes, unmetered: minutes });
const facts = {
  project: fc.constantFrom(
    { arn: 'm', name: 'mobile' },
    { arn: 'm', name: 'renamed' },
    { arn: 'w', name: 'web' },
  ),
  platform: fc.constantFrom('ANDROID', 'IOS', 'ANDROID_APP', undefined),
  billing: fc.constantFrom<Billing>('metered', 'unmetered', 'unknown'),
  created: fc.integer({ min: now - 70 * DAY, max: now }),
  minutes: used,
};
const named = {
  ...facts,
  run: fc.constantFrom(...NAMES),
  testType: fc.constantFrom('APPIUM_NODE', undefined),
};

const settled: fc.Arbitrary<Charge> = fc.oneof(
  fc.record({ ...named, basis: fc.constantFrom('final', 'estimated') }).map((one) => charge(one)),
  fc.record(facts).map((one) => session(one)),
);
const inFlight: fc.Arbitrary<Charge> = fc
  .record({ ...named, remaining: used })
  .map((one) => charge({ ...one, basis: 'inFlight' }));

const match = fc.record(
  {
    runs: fc.subarray(GLOBS, { minLength: 1 }),
    projects: fc.subarray(['mobile', 'web'], { minLength: 1 }),
    billing: fc.constantFrom('metered', 'unmetered'),
    platforms: fc.subarray<'ANDROID'>(['ANDROID'], { minLength: 1 }),
    testTypes: fc.subarray<'APPIUM_NODE'>(['APPIUM_NODE'], { minLength: 1 }),
    work: fc.constantFrom('jobs', 'sessions'),
  },
  { requiredKeys: [] },
);
const anyPolicy = fc
  .record({
    budgets: fc.array(
      fc.record({
        period: fc.constantFrom('day', 'week', 'month'),
        limit: fc.constantFrom<BudgetRule['limit']>({ usd: 50 }, { meteredMinutes: 300 }, { minutes: 600 }),
        match,
      }),
      { minLength: 1, maxLength: 4 },
    ),
    timezone: fc.constantFrom(...ZONES),
    pricePerMeteredMinute: fc.double({ min: 0, max: 10, noNaN: true }),
  })
  .map(({ budgets, ...others }) =>
    policy(
      budgets.map((budget, index) => budgetRule({ ...budget, id: `budget-${index}` })),
      others,
    ),
  );

function session(one: Partial<Charge>): Charge {
  const { run: _, testType: __, ...facts } = charge({ ...one, kind: 'session' });
  return facts;
}

/** Charges as the ledger keeps them: by UTC day. */
function byUtcDay(charges: readonly Charge[]): readonly (readonly Charge[])[] {
  const days = new Set(charges.map(({ created }) => Math.floor(created / DAY)));
  return [...days].map((day) => charges.filter(({ created }) => Math.floor(created / DAY) === day));
}

describe('sumAlike', () => {
  it('gives the same budgets and lines as the charges, for every policy and time zone', () => {
    fc.assert(
      fc.property(
        anyPolicy,
        fc.array(settled, { maxLength: 40 }),
        fc.array(inFlight, { maxLength: 5 }),
        (rules, charges, others) => {
          const sums = byUtcDay(charges).flatMap((day) => sumAlike(day, rules));

          const ofSums: readonly Spent[] = [...sums, ...others];
          const ofCharges: readonly Spent[] = [...charges, ...others];

          expect(budgetStates(rules, ofSums, now)).toEqual(budgetStates(rules, ofCharges, now));
          expect(inOrder(spendLines(rules, ofSums, now))).toEqual(inOrder(spendLines(rules, ofCharges, now)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('makes one sum of a thousand builds that have names of their own', () => {
    const rules = policy([budgetRule({ match: { runs: ['build-*'] } })]);
    const builds = Array.from({ length: 1_000 }, (_, build) =>
      charge({ arn: `r${build}`, run: `build-${build}`, minutes: metered(0.1) }),
    );

    const sums = sumAlike(builds, rules);

    expect(sums).toMatchObject([{ run: 'build-0', minutes: metered(100), microUsd: 17_000_000 }]);
    expect(sums[0]).not.toHaveProperty('arn');
  });

  it.each<{ what: string; other: Partial<Charge>; sums: number }>([
    { what: 'names that the same globs match', other: { run: 'nightly-2' }, sums: 1 },
    { what: 'names that other globs match', other: { run: 'release' }, sums: 2 },
    { what: 'projects', other: { project: { arn: 'w', name: 'web' } }, sums: 2 },
    { what: 'names of one project', other: { project: { ...charge().project, name: 'new' } }, sums: 2 },
    { what: 'billing', other: { billing: 'unmetered' }, sums: 2 },
    { what: 'platforms', other: { platform: 'IOS' }, sums: 2 },
    { what: 'test types', other: { testType: 'XCTEST' }, sums: 2 },
    { what: 'moments of a day of the zone', other: { created: Date.UTC(2026, 10, 23, 18, 15) }, sums: 1 },
    { what: 'days of the zone', other: { created: Date.UTC(2026, 10, 23, 18, 15) - 1 }, sums: 2 },
  ])('of two charges with other $what makes $sums', ({ other, sums }) => {
    const rules = policy([budgetRule({ match: { runs: ['nightly-*'] } })], { timezone: 'Asia/Kathmandu' });
    const one = charge({ run: 'nightly-1', created: Date.UTC(2026, 10, 23, 20) });

    expect(sumAlike([one, { ...one, ...other }], rules)).toHaveLength(sums);
  });
});

describe('viewOf', () => {
  const rules = [
    budgetRule({ match: { runs: ['b', 'a'] } }),
    budgetRule({ id: 'other', match: { runs: ['a'] } }),
  ];

  it('is the same for policies under which the same charges are alike', () => {
    const others = [budgetRule({ limit: { minutes: 3 }, match: { runs: ['a', 'b'], projects: ['x'] } })];

    expect(viewOf(policy(others))).toBe(viewOf(policy(rules)));
  });

  it.each([
    { what: 'zone', changed: policy(rules, { timezone: 'Asia/Kathmandu' }) },
    { what: 'price', changed: policy(rules, { pricePerMeteredMinute: 1 }) },
    { what: 'glob', changed: policy([...rules, budgetRule({ id: 'third', match: { runs: ['c'] } })]) },
  ])('is another with another $what', ({ changed }) => {
    expect(viewOf(changed)).not.toBe(viewOf(policy(rules)));
  });
});

/** Projects that used the same stand in any order. */
function inOrder(lines: ReturnType<typeof spendLines>) {
  return lines.map((line) => JSON.stringify(line)).toSorted();
}
