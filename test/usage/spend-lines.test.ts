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
      usage({ project: { arn: 'm', name: 'app' }, created: NOW }),
      usage({ project: { arn: 'm', name: 'mobile' }, created: NOW - HOUR }),
    ];

    const names = [usages, usages.toReversed()].map((some) =>
      spendLines(DAILY, some, NOW).map(({ project }) => project?.name),
    );

    expect(names).toEqual([
      [undefined, 'app'],
      [undefined, 'app'],
    ]);
  });

  it('call a project the same in any order when two usages of one moment differ about it', () => {
    const usages = ['app', 'mobile', 'api'].map((name) => usage({ project: { arn: 'm', name } }));

    const names = [usages, usages.toReversed()].map((some) => spendLines(DAILY, some, NOW)[1]?.project?.name);

    expect(names).toEqual(['mobile', 'mobile']);
  });

  it('show projects of equal money by their minutes, and money before minutes', () => {
    const unmetered = (minutes: number) => ({ total: minutes, metered: 0, unmetered: minutes });
    const usages = [
      usage({ project: { arn: 'a', name: 'a' }, minutes: unmetered(5) }),
      usage({ project: { arn: 'b', name: 'b' }, minutes: unmetered(50) }),
      usage({ project: { arn: 'c', name: 'c' }, minutes: metered(1) }),
      usage({ project: { arn: 'd', name: 'd' }, minutes: unmetered(20) }),
    ];

    const names = [usages, usages.toReversed()].map((some) =>
      spendLines(DAILY, some, NOW).map(({ project }) => project?.name),
    );

    expect(names).toEqual([
      [undefined, 'c', 'b', 'd', 'a'],
      [undefined, 'c', 'b', 'd', 'a'],
    ]);
  });

  it.each([
    ['a millisecond before the day', -1, 0],
    ['at its beginning', 0, 1],
    ['in its last millisecond', 24 * HOUR - 1, 1],
    ['at its end', 24 * HOUR, 0],
  ])('show a project only when it used something in the period: %s', (_, ms, projects) => {
    const lines = spendLines(DAILY, [usage({ created: Date.UTC(2026, 10, 25) + ms })], NOW);

    expect(lines).toHaveLength(1 + projects);
  });

  it('show the week of a weekly budget, from its Monday on', () => {
    const weekly = usagePolicy([budget({ period: 'week' })]);

    expect(spendLines(weekly, [], NOW).map(({ period }) => period.kind)).toEqual(['day', 'week']);
    expect(spendHorizon(weekly, NOW)).toBe(Date.UTC(2026, 10, 23));
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
