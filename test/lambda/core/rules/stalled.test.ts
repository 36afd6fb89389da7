import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StalledRule } from '../../../../lambda/core/policy/schema.ts';
import { stalled } from '../../../../lambda/core/rules/stalled.ts';
import { hour, item, minute, now, ruleOf, sessionArn } from '../samples.ts';

function stalledRule(maxMinutes: number): StalledRule {
  const rule = ruleOf({ id: 'no-progress', type: 'stalled', maxMinutes });
  if (rule.type !== 'stalled') throw new Error(`${rule.type} is not stalled`);
  return rule;
}

const still = (ms: number, rose = true) => item({ progress: { since: now - ms, rose } });
const rule = stalledRule(30);

describe('stalled', () => {
  it.each([
    { ms: 30 * minute, verdict: 'within' },
    { ms: 30 * minute + 1, verdict: 'over' },
  ])('acts strictly above its limit: $ms ms is $verdict', ({ ms, verdict }) => {
    expect(stalled(rule, still(ms), now).verdict).toBe(verdict);
  });

  it.each([
    ['has not been seen to move a counter while RUNNING', still(hour, false)],
    ['has not been seen to move a counter while RUNNING', item()],
    ['is PROCESSING, not RUNNING', { ...still(hour), status: 'PROCESSING' }],
    ['is without a status, not RUNNING', { ...still(hour), status: '' }],
    [
      'is a session; it has no tests that could stall',
      { ...still(hour), arn: sessionArn(), kind: 'session' as const, run: undefined },
    ],
  ])('does not apply to work that %s', (reason, work) => {
    expect(stalled(rule, work, now)).toEqual({ verdict: 'notApplicable', reason });
  });

  it('says minutes, device, limit and rule', () => {
    const { reason } = stalled(rule, still(35 * minute), now);

    expect(reason).toBe('no counter moved for 35 min on Google Pixel 8; limit 30 min (rule no-progress)');
  });

  it('is over exactly when a job that has moved stands still for longer than its limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(6 * hour), fc.boolean(), (limit, ms, rose) => {
        const { verdict } = stalled(stalledRule(limit), still(ms, rose), now);

        expect(verdict === 'over').toBe(rose && ms > limit * minute);
      }),
    );
  });
});
