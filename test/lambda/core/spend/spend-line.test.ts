import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spendHorizon, spendLines } from '../../../../lambda/core/spend/spend-line.ts';
import { budgetRule, charge, hour, metered, now, policy } from '../samples.ts';

const web = { arn: 'web', name: 'web' };
const DAILY = policy([budgetRule()]);
const MONTHLY = policy([budgetRule({ period: 'month' })]);

describe('spendLines', () => {
  it('shows the account and then its projects, the one with most committed money first', () => {
    const charges = [
      charge({ minutes: metered(10) }),
      charge({ project: web, minutes: metered(5), basis: 'inFlight', remaining: metered(100) }),
    ];

    const lines = spendLines(DAILY, charges, now);

    expect(lines.map(({ project, amounts }) => [project?.name, amounts.meteredMinutes])).toEqual([
      [undefined, { spent: 15, committed: 115, forecast: 30 }],
      ['web', { spent: 5, committed: 105, forecast: 10 }],
      ['mobile', { spent: 10, committed: 10, forecast: 20 }],
    ]);
  });

  it('shows the day always, and each kind of period that a budget has', () => {
    const charges = [charge({ created: now - 48 * hour, minutes: metered(7) })];

    const lines = spendLines(MONTHLY, charges, now);

    expect(
      lines.map(({ project, period, amounts }) => [project?.name, period.kind, amounts.minutes.spent]),
    ).toEqual([
      [undefined, 'day', 0],
      [undefined, 'month', 7],
      ['mobile', 'month', 7],
    ]);
    expect(spendHorizon(MONTHLY, now)).toBe(Date.UTC(2026, 10, 1));
  });

  it('calls a project that was renamed what its newest charge calls it, whatever comes first', () => {
    const charges = [
      charge({ project: { arn: 'm', name: 'renamed' }, created: now }),
      charge({ project: { arn: 'm', name: 'mobile' }, created: now - hour }),
    ];

    const names = [charges, charges.toReversed()].map((some) =>
      spendLines(DAILY, some, now).map(({ project }) => project?.name),
    );

    expect(names).toEqual([
      [undefined, 'renamed'],
      [undefined, 'renamed'],
    ]);
  });

  it('gives projects that add up to the account', () => {
    const anyCharge = fc
      .record({
        project: fc.constantFrom(web, { arn: 'm', name: 'mobile' }),
        used: fc.nat(5_000),
        left: fc.nat(150),
      })
      .map(({ project, used, left }) =>
        charge({ project, minutes: metered(used / 100), remaining: metered(left), basis: 'inFlight' }),
      );
    fc.assert(
      fc.property(fc.array(anyCharge), (charges) => {
        const [account, ...projects] = spendLines(DAILY, charges, now);

        for (const basis of ['spent', 'committed'] as const) {
          const sum = projects.reduce((total, { amounts }) => total + amounts.usd[basis], 0);
          expect(account?.amounts.usd[basis]).toBe(sum);
        }
      }),
    );
  });
});
