import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR } from '../../lambda/time.ts';
import { spendHorizon, spendLines } from '../../lambda/usage/budgets.ts';
import { metered, NOW, usage } from '../support/samples.ts';
import { budget, usagePolicy } from './policies.ts';

const WEB = { arn: 'web', name: 'web' };
const DAILY = usagePolicy([budget()]);
const MONTHLY = usagePolicy([budget({ period: 'month' })]);

describe('the lines of what is spent', () => {
  it('show the account and then its projects, the one with the highest worst case first', () => {
    const usages = [
      usage({ minutes: metered(10) }),
      usage({ project: WEB, minutes: metered(5), basis: 'inFlight', remaining: metered(100) }),
    ];

    const lines = spendLines(DAILY, usages, NOW);

    expect(lines.map(({ project, amounts }) => [project?.name, amounts.meteredMinutes])).toEqual([
      [undefined, { spent: 15, worstCase: 115, forecast: 30 }],
      ['web', { spent: 5, worstCase: 105, forecast: 10 }],
      ['mobile', { spent: 10, worstCase: 10, forecast: 20 }],
    ]);
  });

  it('show the day always, and each kind of period that a budget has', () => {
    const lines = spendLines(MONTHLY, [usage({ created: NOW - 48 * HOUR, minutes: metered(7) })], NOW);

    expect(
      lines.map(({ project, period, amounts }) => [project?.name, period.kind, amounts.minutes.spent]),
    ).toEqual([
      [undefined, 'day', 0],
      [undefined, 'month', 7],
      ['mobile', 'month', 7],
    ]);
    expect(spendHorizon(MONTHLY, NOW)).toBe(Date.UTC(2026, 10, 1));
  });

  it('call a project that was renamed what its newest usage calls it, whatever comes first', () => {
    const usages = [
      usage({ project: { arn: 'm', name: 'renamed' }, created: NOW }),
      usage({ project: { arn: 'm', name: 'mobile' }, created: NOW - HOUR }),
    ];

    const names = [usages, usages.toReversed()].map((some) =>
      spendLines(DAILY, some, NOW).map(({ project }) => project?.name),
    );

    expect(names).toEqual([
      [undefined, 'renamed'],
      [undefined, 'renamed'],
    ]);
  });

  it('add up: the projects are the account', () => {
    const anyUsage = fc
      .record({
        project: fc.constantFrom(WEB, { arn: 'm', name: 'mobile' }),
        used: fc.nat(5_000),
        left: fc.nat(150),
      })
      .map(({ project, used, left }) =>
        usage({ project, minutes: metered(used / 100), remaining: metered(left), basis: 'inFlight' }),
      );
    fc.assert(
      fc.property(fc.array(anyUsage), (usages) => {
        const [account, ...projects] = spendLines(DAILY, usages, NOW);

        for (const figure of ['spent', 'worstCase'] as const) {
          const sum = projects.reduce((total, { amounts }) => total + amounts.usd[figure], 0);
          expect(account?.amounts.usd[figure]).toBe(sum);
        }
      }),
    );
  });
});
