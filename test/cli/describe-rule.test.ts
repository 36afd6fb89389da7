import { describe, expect, it } from 'vitest';
import { describeRule } from '../../cli/describe-rule.ts';
import { parsePolicy } from '../../lambda/core/policy/parse-policy.ts';

function describing(rule: object, mode = 'enforce'): string {
  const policy = parsePolicy({ version: 1, mode, rules: [{ id: 'one', ...rule }] });
  return policy.rules.map((one) => describeRule(one, policy)).join();
}

const BUDGET = {
  type: 'budget',
  period: 'week',
  limit: { usd: 50 },
  thresholds: [
    { percent: 80, action: 'notify' },
    { percent: 100, action: 'stop-queued' },
    { percent: 120, action: 'stop-all' },
  ],
};

describe('a rule in words', () => {
  it.each([
    [{ type: 'job-duration', maxMinutes: 60 }, 'stops jobs and sessions RUNNING for more than 60 min'],
    [
      { type: 'run-minutes', maxMinutes: 400, match: { projects: ['m-*'] } },
      'stops jobs of projects m-* whose run used more than 400 min on all its devices together',
    ],
    [
      { type: 'queue-age', maxMinutes: 2.5, match: { work: 'sessions', platforms: ['IOS'] } },
      'stops sessions on IOS queued for more than 2.5 min',
    ],
    [
      { type: 'window', allow: [{ days: ['mon', 'tue', 'wed'], from: '07:00', to: '20:00' }] },
      'stops jobs and sessions outside mon-wed 07:00-20:00 (UTC)',
    ],
    [
      {
        type: 'window',
        allow: [{ from: '22:00', to: '06:00' }],
        timezone: 'Asia/Tokyo',
        graceMinutes: 30,
        match: { work: 'sessions' },
      },
      'stops sessions outside mon-sun 22:00-06:00 (Asia/Tokyo), 30 min after they end',
    ],
    [
      { type: 'superseded', key: '{key}-{number}', match: { projects: ['m-*'] } },
      'stops jobs of projects m-* of a run that a newer one with the same key has replaced; key {key}-{number}, created more than 5 min apart',
    ],
    [
      { type: 'stalled', maxMinutes: 30 },
      'stops jobs RUNNING without moving a counter for more than 30 min, once they have moved one',
    ],
    [
      { type: 'elastic', percent: 200 },
      'stops jobs RUNNING for more than 200 % of the median of the last 10 successful jobs of the same run name and device, and for at least 10 min; needs 5 such jobs',
    ],
    [
      BUDGET,
      'allows $50.00 a week for jobs and sessions: above 80 % tells, above 100 % stops what is queued, above 120 % stops everything',
    ],
    [
      { ...BUDGET, limit: { meteredMinutes: 300 }, thresholds: [{ percent: 100, action: 'notify' }] },
      'allows 300 min metered a week for jobs and sessions: above 100 % tells',
    ],
    [
      {
        ...BUDGET,
        limit: { minutes: 600 },
        thresholds: [{ percent: 100, action: 'stop-all' }],
        ignoreExemptions: true,
      },
      'allows 600 min a week for jobs and sessions: above 100 % stops everything; stops exempt work too',
    ],
    [
      {
        type: 'job-duration',
        maxMinutes: 60,
        match: { billing: 'metered', runs: ['a', 'b*'], testTypes: ['XCTEST'] },
      },
      'stops metered jobs of runs a or b* of type XCTEST RUNNING for more than 60 min',
    ],
  ])('%j', (rule, sentence) => {
    const text = describing(rule);

    expect(text).toBe(sentence);
  });

  it.each([
    ['enforce', ' (observes only)'],
    ['observe', ''],
  ])('that observes under mode %s says so where it differs', (mode, note) => {
    const text = describing({ type: 'queue-age', maxMinutes: 60, mode: 'observe' }, mode);

    expect(text).toBe(`stops jobs and sessions queued for more than 60 min${note}`);
  });
});
