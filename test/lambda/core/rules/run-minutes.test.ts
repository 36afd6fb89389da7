import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addMinutes, NO_MINUTES } from '../../../../lambda/core/minutes.ts';
import { runMinutes } from '../../../../lambda/core/rules/run-minutes.ts';
import { item, limitRule, metered, runArn } from '../samples.ts';

const rule = limitRule('run-minutes', 400);
const inRun = (total: number, devices = 5) =>
  item({ run: { arn: runArn(), name: 'nightly', minutes: metered(total), devices } });

describe('runMinutes', () => {
  it.each([
    { used: 399.99, verdict: 'within' },
    { used: 400, verdict: 'within' },
    { used: 400.01, verdict: 'over' },
  ])('acts strictly above its limit: $used min is $verdict', ({ used, verdict }) => {
    const finding = runMinutes(rule, inRun(used));

    expect(finding.verdict).toBe(verdict);
  });

  it('counts minutes whether they are metered or not', () => {
    const minutes = { total: 401, metered: 0, unmetered: 400 };

    const finding = runMinutes(rule, item({ run: { arn: runArn(), name: 'nightly', minutes, devices: 2 } }));

    expect(finding.verdict).toBe('over');
  });

  it('finds queued jobs of the run over too, and holds when they start', () => {
    const finding = runMinutes(rule, { ...inRun(401), status: 'PENDING', phase: 'queued' });

    expect(finding).toMatchObject({ verdict: 'over', only: 'any' });
  });

  it('does not apply to a session', () => {
    const finding = runMinutes(rule, item({ kind: 'session', run: undefined, minutes: metered(500) }));

    expect(finding.verdict).toBe('notApplicable');
  });

  it.each([
    [5, 'run "nightly" used 412 min on 5 devices; limit 400 min (rule limit)'],
    [1, 'run "nightly" used 412 min on 1 device; limit 400 min (rule limit)'],
  ])('says run, minutes, %i device(s), limit and rule', (devices, sentence) => {
    const { reason } = runMinutes(rule, inRun(412, devices));

    expect(reason).toBe(sentence);
  });

  it('is over exactly when the sum of the jobs is above the limit, in hundredths of a minute', () => {
    const counts = fc.array(fc.nat(20_000), { maxLength: 10 });
    fc.assert(
      fc.property(counts, (counts) => {
        const minutes = counts.map((count) => metered(count / 100)).reduce(addMinutes, NO_MINUTES);
        const sum = counts.reduce((sum, count) => sum + count, 0);
        const verdictAt = (limit: number) =>
          runMinutes(limitRule('run-minutes', limit / 100), inRun(minutes.total)).verdict;

        const verdicts = [verdictAt(sum + 1), verdictAt(Math.max(1, sum)), verdictAt(Math.max(1, sum - 1))];

        expect(verdicts).toEqual(['within', 'within', sum > 1 ? 'over' : 'within']);
      }),
    );
  });
});
