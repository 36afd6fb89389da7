import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleInput } from '../../lambda/rules/rules.ts';
import { MINUTE } from '../../lambda/time.ts';
import { historyKey } from '../../lambda/usage/histories.ts';
import { item, metered, NOW, projectArn, sessionArn } from '../support/samples.ts';
import { found, verdictOf } from './samples.ts';

type Elastic = Extract<RuleInput, { type: 'elastic' }>;

const elasticRule = (others: Partial<Elastic> = {}): Elastic => ({
  id: 'unusual',
  type: 'elastic',
  percent: 200,
  minimumHistory: 3,
  of: 5,
  ...others,
});

const history = (...minutes: readonly number[]) => ({
  histories: new Map([[historyKey(projectArn(), 'nightly', 'Google Pixel 8'), minutes]]),
});
const runningFor = (ms: number) => item({ runningSince: NOW - ms, minutes: metered(0) });
const rule = elasticRule();

describe('elastic', () => {
  it.each([
    { ms: 60 * MINUTE, verdict: 'within' },
    { ms: 60 * MINUTE + 1, verdict: 'over' },
  ])('acts strictly above its percentage of the median: $ms ms is $verdict', ({ ms, verdict }) => {
    expect(verdictOf(rule, runningFor(ms), history(10, 30, 90))).toBe(verdict);
  });

  it.each([
    { minutes: [10, 20, 30, 40], limit: '50 min' },
    { minutes: [500, 500, 10, 10, 20, 30, 30], limit: '40 min' },
    { minutes: [1, 1, 1], limit: '15 min' },
  ])('takes the median of the last ones, and never less than its floor: $minutes', ({ minutes, limit }) => {
    const own = elasticRule({ floorMinutes: 15 });

    const { reason } = found(own, runningFor(90 * MINUTE), history(...minutes));

    expect(reason).toContain(`limit ${limit},`);
  });

  it('takes the counter where that is higher than the clock', () => {
    const work = { ...runningFor(MINUTE), minutes: metered(61) };

    expect(verdictOf(rule, work, history(30, 30, 30))).toBe('over');
  });

  it.each([
    ['is a session; it belongs to no run', { arn: sessionArn(), kind: 'session' as const, run: undefined }],
    ['is PREPARING, not RUNNING', { status: 'PREPARING' }],
    ['does not say since when it is RUNNING', { runningSince: undefined }],
    [
      'has a history of 0 successful jobs of run "nightly" on Google Pixel 7; 3 are needed',
      { device: 'Google Pixel 7' },
    ],
    [
      'has a history of 0 successful jobs of run "nightly" on Google Pixel 8; 3 are needed',
      { project: { arn: 'other', name: 'mobile' } },
    ],
  ])('does not apply to work that %s', (reason, facts) => {
    const finding = found(rule, { ...runningFor(900 * MINUTE), ...facts }, history(1, 1, 1));

    expect(finding).toMatchObject({ verdict: 'notApplicable', reason });
  });

  it('speaks of one job where the history has one', () => {
    const { reason } = found(rule, item(), history(31));

    expect(reason).toBe('has a history of 1 successful job of run "nightly" on Google Pixel 8; 3 are needed');
  });

  it('says minutes, limit, percentage, median, how many jobs of which run and device, and rule', () => {
    const { reason } = found(rule, item(), history(31, 31, 31));

    expect(reason).toBe(
      'ran 75 min; limit 62 min, from 200 % of 31 min, the median of 3 successful jobs of run "nightly" on Google Pixel 8 (rule unusual)',
    );
  });

  it('does not apply below its minimum of history, and never stops below its floor or the percentage of the shortest', () => {
    const minutes = fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 20 });
    fc.assert(
      fc.property(minutes, fc.nat(400), fc.integer({ min: 100, max: 400 }), (known, ran, percent) => {
        const own = elasticRule({ percent, floorMinutes: 15 });

        const verdict = verdictOf(own, runningFor(ran * MINUTE), history(...known));

        const last = known.slice(-5);
        expect(verdict === 'notApplicable').toBe(last.length < 3);
        if (verdict === 'over')
          expect(ran).toBeGreaterThan(Math.max(15, (Math.min(...last) * percent) / 100));
        if (verdict === 'within')
          expect(ran).toBeLessThanOrEqual(Math.max(15, (Math.max(...last) * percent) / 100));
      }),
    );
  });
});
