import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobDuration } from '../../../../lambda/core/rules/job-duration.ts';
import { hour, item, limitRule, metered, minute, now } from '../samples.ts';

const rule = limitRule('job-duration', 60);
const ranFor = (ms: number) => item({ runningSince: now - ms, minutes: metered(0) });

describe('jobDuration', () => {
  it.each([
    { ran: 60 * minute - 1, verdict: 'within' },
    { ran: 60 * minute, verdict: 'within' },
    { ran: 60 * minute + 1, verdict: 'over' },
  ])('acts strictly above its limit: $ran ms is $verdict', ({ ran, verdict }) => {
    const finding = jobDuration(rule, ranFor(ran), now);

    expect(finding.verdict).toBe(verdict);
  });

  it('believes a counter that is above the clock', () => {
    const findings = [60, 60.01].map(
      (counted) =>
        jobDuration(rule, item({ runningSince: now - minute, minutes: metered(counted) }), now).verdict,
    );

    expect(findings).toEqual(['within', 'over']);
  });

  it('goes on counting above the clamp of the estimate', () => {
    const long = limitRule('job-duration', 200);

    const finding = jobDuration(long, item({ runningSince: now - 4 * hour, minutes: metered(160) }), now);

    expect(finding.verdict).toBe('over');
  });

  it.each([
    'PENDING',
    'PENDING_CONCURRENCY',
    'PENDING_DEVICE',
    'SCHEDULING',
    'PREPARING',
    'PROCESSING',
    'STOPPING',
    '',
    'NEW',
  ])('does not apply to status "%s", however old the work is', (status) => {
    const finding = jobDuration(
      rule,
      item({ status, runningSince: now - 9 * hour, created: now - 24 * hour, minutes: metered(500) }),
      now,
    );

    expect(finding.verdict).toBe('notApplicable');
  });

  it('does not apply to work of which no start is known', () => {
    const { runningSince: _, ...unknown } = item();

    const finding = jobDuration(rule, { ...unknown, created: now - 24 * hour }, now);

    expect(finding).toEqual({
      verdict: 'notApplicable',
      reason: 'does not say since when it is RUNNING',
    });
  });

  it('is within at first sight of work that reports no start', () => {
    const work = item({ runningSince: now, runningSinceSource: 'observed', minutes: metered(0) });

    const findings = [0, 60, 60.01].map((later) => jobDuration(rule, work, now + later * minute).verdict);

    expect(findings).toEqual(['within', 'within', 'over']);
  });

  it('says minutes, device, limit and rule', () => {
    const { reason } = jobDuration(rule, item(), now);

    expect(reason).toBe('ran 75 min on Google Pixel 8; limit 60 min (rule limit)');
  });

  it('says when the start is only what was seen', () => {
    const { reason } = jobDuration(rule, item({ runningSinceSource: 'observed' }), now);

    expect(reason).toBe(
      'ran 75 min since it was first seen RUNNING on Google Pixel 8; limit 60 min (rule limit)',
    );
  });

  it('once over stays over, and is over exactly when the time is above the limit', () => {
    const limits = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(limits, fc.nat(10 * hour), fc.nat(10 * hour), (limit, ran, later) => {
        const rule = limitRule('job-duration', limit);

        const verdicts = [jobDuration(rule, ranFor(ran), now), jobDuration(rule, ranFor(ran), now + later)];

        expect(verdicts[0]?.verdict).toBe(ran > limit * minute ? 'over' : 'within');
        expect(verdicts[1]?.verdict).toBe(ran + later > limit * minute ? 'over' : 'within');
      }),
    );
  });
});
