import { describe, expect, it } from 'vitest';
import { historyKey } from '../../../../lambda/core/inventory/run-history.ts';
import { judge } from '../../../../lambda/core/rules/judge.ts';
import {
  budgetRule,
  budgetState,
  item,
  metered,
  minute,
  now,
  policy,
  projectArn,
  ruleOf,
  runArn,
} from '../samples.ts';

const longJobs = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 } as const;
const circumstances = { policy: policy([longJobs]), budgets: [], now };

describe('judge', () => {
  it.each([
    { rule: longJobs, work: item(), over: /^ran 75 min/ },
    {
      rule: { id: 'wide', type: 'run-minutes', maxMinutes: 60 } as const,
      work: item(),
      over: /^run "nightly" used 75 min/,
    },
    {
      rule: { id: 'stuck', type: 'queue-age', maxMinutes: 60 } as const,
      work: item({ status: 'PENDING' }),
      over: /^waited 120 min/,
    },
    {
      rule: { id: 'hours', type: 'window' as const, allow: [{ from: '07:00', to: '11:00' }] },
      work: item(),
      over: /^RUNNING on Google Pixel 8 at wed 12:00 in UTC/,
    },
    {
      rule: { id: 'still', type: 'stalled' as const, maxMinutes: 30 },
      work: item({ progress: { since: now - 31 * minute, rose: true } }),
      over: /^no counter moved for 31 min/,
    },
    {
      rule: { id: 'unusual', type: 'elastic' as const, percent: 200, minimumHistory: 2 },
      work: item(),
      over: /^ran 75 min; limit 40 min/,
    },
    { rule: budgetRule(), work: item(), over: /^150 min of 100 min spent/ },
  ])('asks the rule of type $rule.type', ({ rule, work, over }) => {
    const budgets = [budgetState({ spent: 150 })];
    const histories = new Map([[historyKey(projectArn, 'nightly', 'Google Pixel 8'), [20, 20]]]);

    const verdict = judge(ruleOf(rule), work, { ...circumstances, budgets, histories });

    expect(verdict).toMatchObject({ rule: rule.id, verdict: 'over', mode: 'enforce' });
    expect(verdict.reason).toMatch(over);
  });

  it('says nothing of work that the rule does not match', () => {
    const verdict = judge(ruleOf({ ...longJobs, match: { projects: ['web'] } }), item(), circumstances);

    expect(verdict).toMatchObject({ verdict: 'notApplicable', reason: 'does not match this rule' });
  });

  it.each([
    { policyMode: 'observe', ruleMode: undefined, mode: 'observe' },
    { policyMode: 'observe', ruleMode: 'enforce', mode: 'observe' },
    { policyMode: 'observe', ruleMode: 'observe', mode: 'observe' },
    { policyMode: 'enforce', ruleMode: undefined, mode: 'enforce' },
    { policyMode: 'enforce', ruleMode: 'enforce', mode: 'enforce' },
    { policyMode: 'enforce', ruleMode: 'observe', mode: 'observe' },
  ] as const)('may only weaken $policyMode: a rule with mode $ruleMode may $mode', (modes) => {
    const own = policy([{ ...longJobs, mode: modes.ruleMode }], { mode: modes.policyMode });

    const verdicts = own.rules.map((rule) => judge(rule, item(), { ...circumstances, policy: own }).mode);

    expect(verdicts).toEqual([modes.mode]);
  });

  it.each([
    { rule: longJobs, ignores: false },
    { rule: budgetRule(), ignores: false },
    { rule: budgetRule({ ignoreExemptions: true }), ignores: true },
  ])('lets only a budget that says so ignore exemptions: $ignores', ({ rule, ignores }) => {
    const verdict = judge(ruleOf(rule), item(), circumstances);

    expect(verdict.ignoresExemptions).toBe(ignores);
  });

  const second = minute / 60;
  const justOver = [
    { rule: longJobs, work: item({ runningSince: now - 60 * minute - second, minutes: metered(0) }) },
    {
      rule: { id: 'wide', type: 'run-minutes', maxMinutes: 60 } as const,
      work: item({ run: { arn: runArn(), name: 'nightly', minutes: metered(60.2), devices: 2 } }),
    },
    {
      rule: { id: 'stuck', type: 'queue-age', maxMinutes: 60 } as const,
      work: item({ status: 'PENDING', created: now - 60 * minute - second }),
    },
    {
      rule: { id: 'still', type: 'stalled' as const, maxMinutes: 30 },
      work: item({ progress: { since: now - 30 * minute - second, rose: true } }),
    },
    {
      rule: { id: 'unusual', type: 'elastic' as const, percent: 300, minimumHistory: 2 },
      work: item({ runningSince: now - 60 * minute - second, minutes: metered(0) }),
    },
  ];

  it.each(justOver)('of $rule.type just above the limit shows two figures that differ', ({ rule, work }) => {
    const histories = new Map([[historyKey(projectArn, 'nightly', 'Google Pixel 8'), [20, 20]]]);

    const { verdict, reason } = judge(ruleOf(rule), work, { ...circumstances, histories });

    const [used, limit] = [...reason.matchAll(/([\d.]+) min/g)].map(([, figure]) => Number(figure));
    expect(verdict).toBe('over');
    expect(used).toBeGreaterThan(limit ?? Number.NaN);
  });
});
