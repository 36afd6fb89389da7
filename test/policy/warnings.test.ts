import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../lambda/policy/load.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { policyWarnings } from '../../lambda/policy/warnings.ts';
import { NOW } from '../support/samples.ts';
import { budgetWith, policyWith, policyWithRule } from './arbitraries.ts';

const warningsOf = (input: unknown) => policyWarnings(parsePolicy(input), NOW);
const rule = (facts: Partial<PolicyInput['rules'][number]>) => policyWithRule({ id: 'a', ...facts });
const limit = (type: string, maxMinutes: number) => policyWithRule({ id: 'a', type, maxMinutes });
const keyed = (key: string, match: object = { runs: ['pr-*'] }) =>
  policyWithRule({ id: 'a', type: 'superseded', key, match });
const matching = (match: object, type = 'job-duration') =>
  policyWithRule({ id: 'a', type, maxMinutes: 60, match });
const exempting = (match: object, until = '2026-11-25T12:00:00.001Z') =>
  policyWith({ exemptions: [{ id: 'e', match, until, owner: 'o', reason: 'r' }] });
const open = (...allow: readonly object[]) => policyWithRule({ id: 'a', type: 'window', allow });

describe('policyWarnings', () => {
  it.each<[string, unknown, string]>([
    [
      'a job duration that Device Farm never lets pass',
      limit('job-duration', 150.1),
      'rules[0].maxMinutes: 150.1 is never reached: Device Farm ends such work after 150 minutes, unless your account has a higher limit; lower it',
    ],
    ['a stall that no job lives to see', limit('stalled', 151), 'rules[0].maxMinutes: 151 is never reached'],
    ['a queue age above a day', limit('queue-age', 1_441), 'rules[0].maxMinutes: 1441 is never reached'],
    [
      'a floor that no job reaches',
      policyWithRule({ id: 'a', type: 'elastic', percent: 200, floorMinutes: 151 }),
      'rules[0].floorMinutes: 151 is never reached',
    ],
    [
      'a glob with brackets',
      matching({ projects: ['mobile-[ab]'] }),
      'rules[0].match.projects[0]: "mobile-[ab]" is a glob: only * and ? mean something',
    ],
    [
      'a regular expression',
      matching({ runs: ['ok', '^nightly'] }),
      'rules[0].match.runs[1]: "^nightly" is a glob',
    ],
    [
      'another regular expression',
      matching({ runs: ['nightly.*'] }),
      'rules[0].match.runs[0]: "nightly.*" is a glob',
    ],
    [
      'alternatives of a regular expression',
      matching({ runs: ['(a|b)-1'] }),
      'rules[0].match.runs[0]: "(a|b)-1" is a glob',
    ],
    [
      'alternatives of a shell',
      exempting({ projects: ['{a,b}'] }),
      'exemptions[0].match.projects[0]: "{a,b}" is a glob',
    ],
    [
      'runs of sessions',
      matching({ runs: ['a'], work: 'sessions' }),
      'rules[0].match.runs: a session belongs to no run, so nothing matches; remove runs, or work: sessions',
    ],
    [
      'test types of sessions',
      matching({ testTypes: ['XCTEST'], work: 'sessions' }),
      'rules[0].match.testTypes: a session has no test type',
    ],
    [
      'stalled sessions',
      matching({ work: 'sessions' }, 'stalled'),
      'rules[0].match.work: this type of rule never applies to sessions',
    ],
    [
      'run minutes of sessions',
      matching({ work: 'sessions' }, 'run-minutes'),
      'rules[0].match.work: this type of rule never applies to sessions',
    ],
    [
      'superseded sessions',
      policyWithRule({ id: 'a', type: 'superseded', match: { work: 'sessions' } }),
      'rules[0].match.work: this type of rule never applies to sessions',
    ],
    [
      'elastic sessions',
      policyWithRule({ id: 'a', type: 'elastic', percent: 200, match: { work: 'sessions' } }),
      'rules[0].match.work: this type of rule never applies to sessions',
    ],
    [
      'a name pattern for all projects',
      keyed('pr-{key}-{number}', {}),
      'rules[0].key: "pr-{key}-{number}" applies to every run of every project, so one pull request may stop another\'s run; add a match, or set AUTOSTOP_KEY on the runs and remove key',
    ],
    [
      'a name pattern that takes the number of a pull request for that of a build',
      keyed('{key}-{number}'),
      'rules[0].key: "{key}-{number}" takes "pr" as the key of "pr-88", so one pull request may stop another\'s run',
    ],
    [
      'every hour of the week',
      open({ from: '06:00', to: '06:00' }),
      'rules[0].allow: this allows every hour of the week',
    ],
    [
      'dollars at no price',
      { ...policyWithRule(budgetWith()), pricePerMeteredMinute: 0 },
      'rules[0].limit.usd: 50 is never reached: pricePerMeteredMinute is 0; use meteredMinutes, or set the price',
    ],
    [
      'metered minutes of unmetered work',
      policyWithRule(budgetWith({ limit: { meteredMinutes: 5 }, match: { billing: 'unmetered' } })),
      'rules[0].match.billing: unmetered work costs nothing',
    ],
    [
      'a threshold that stands twice',
      policyWithRule(
        budgetWith({
          thresholds: [
            { percent: 80, action: 'notify' },
            { percent: 90, action: 'notify' },
            { percent: 80, basis: 'spent', action: 'notify' },
          ],
        }),
      ),
      'rules[0].thresholds[2]: this is the same as thresholds[0]; remove one',
    ],
    [
      'a rule that would enforce in a policy that observes',
      rule({ type: 'queue-age', maxMinutes: 5, mode: 'enforce' }),
      'rules[0].mode: enforce has no effect while the policy observes; set mode: enforce at the top, or remove this',
    ],
    [
      'an exemption that has ended',
      exempting({ runs: ['a'] }, '2026-11-25T12:00:00Z'),
      'exemptions[0].until: the exemption ended at 2026-11-25T12:00:00.000Z and protects nothing; remove it',
    ],
    [
      'an exemption of everything',
      exempting({}),
      'exemptions[0].match: this matches everything, so no rule stops anything until 2026-11-25T12:00:00.001Z; name projects or runs, or pause instead',
    ],
    [
      'an exemption of every project',
      exempting({ projects: ['a', '**'] }),
      'exemptions[0].match: this matches everything',
    ],
  ])('name %s, with the key and what to do', (_, input, expected) => {
    const warnings = warningsOf(input);

    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.slice(0, expected.length)).toBe(expected);
  });

  it.each<[string, unknown]>([
    ['a job duration up to the limit of the service', limit('job-duration', 150)],
    ['a stall up to the limit of the service', limit('stalled', 150)],
    ['a queue age of a day', limit('queue-age', 1_440)],
    ['run minutes above the limit of one job', limit('run-minutes', 4_000)],
    [
      'names with parentheses, dots and braces',
      matching({ projects: ['Mobile (iOS)', 'web.app', '{x}', 'a|b'] }),
    ],
    ['a duration of sessions', matching({ work: 'sessions' })],
    ['runs of jobs', matching({ runs: ['a*'], work: 'jobs' })],
    ['a key that only the runs themselves name', policyWithRule({ id: 'a', type: 'superseded' })],
    ['a name pattern with what stands before the key', keyed('pr-{key}-{number}')],
    ['a name pattern without a number', keyed('*-{key}')],
    ['most hours of the week', open({ from: '06:00', to: '05:59' })],
    [
      'metered minutes at no price',
      { ...policyWithRule(budgetWith({ limit: { meteredMinutes: 5 } })), pricePerMeteredMinute: 0 },
    ],
    [
      'all minutes of unmetered work',
      policyWithRule(budgetWith({ limit: { minutes: 5 }, match: { billing: 'unmetered' } })),
    ],
    [
      'thresholds that differ in one thing',
      policyWithRule(
        budgetWith({
          thresholds: [
            { percent: 80, action: 'notify' },
            { percent: 80, action: 'stop-queued' },
            { percent: 80, basis: 'worst-case', action: 'notify' },
          ],
        }),
      ),
    ],
    [
      'a rule that enforces in a policy that does',
      { ...rule({ type: 'queue-age', maxMinutes: 5, mode: 'enforce' }), mode: 'enforce' },
    ],
    ['an exemption of some work that has not ended', exempting({ work: 'sessions' })],
    ['an exemption of the projects of a team', exempting({ projects: ['mobile-*', '*-mobile'] })],
  ])('say nothing of %s', (_, input) => {
    expect(warningsOf(input)).toEqual([]);
  });

  it('show no control characters and no markup of a name', () => {
    const [warning = ''] = warningsOf(matching({ runs: ['[a]\u001b[2J<b>\u202e'] }));

    expect(warning).toContain('is a glob');
    expect(warning).not.toMatch(/[<>\p{Cc}\p{Cf}]/u);
  });
});
