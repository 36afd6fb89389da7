import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkItem } from '../../lambda/model.ts';
import { NO_MINUTES } from '../../lambda/money.ts';
import type { RuleInput } from '../../lambda/rules/rules.ts';
import { isSuperseded } from '../../lambda/rules/superseded.ts';
import { MINUTE } from '../../lambda/time.ts';
import { item, jobArn, NOW, projectArn, runArn, sessionArn } from '../support/samples.ts';
import { budgetInput, decideAll, policy } from './samples.ts';

type Superseded = Extract<RuleInput, { type: 'superseded' }>;

const oldBuilds = (others: Partial<Superseded> = {}): Superseded => ({
  id: 'old-builds',
  type: 'superseded',
  key: '{key}-{number}',
  ...others,
});

/** A job of a run that was created so many minutes ago. */
function jobOf(name: string, minutesAgo: number, facts: Partial<WorkItem> = {}, key?: string): WorkItem {
  return item({
    arn: jobArn('00000', name),
    run: { arn: runArn(name), name, key, minutes: NO_MINUTES, devices: 1 },
    platform: 'ANDROID',
    testType: 'APPIUM_NODE',
    usageAt: NOW - minutesAgo * MINUTE,
    ...facts,
  });
}

function verdicts(items: readonly WorkItem[], others: Partial<Superseded> = {}) {
  return decideAll(items, policy([oldBuilds(others)])).map((decision) => {
    const { verdict = 'none', reason = decision.reason, scope } = decision.verdicts[0] ?? {};
    return { verdict, reason: reason(), scope };
  });
}

const words = (...args: Parameters<typeof verdicts>) => verdicts(...args).map(({ verdict }) => verdict);
const actions = (items: readonly WorkItem[], ...rules: readonly RuleInput[]) =>
  decideAll(items, policy(rules)).map(({ action }) => action);

describe('the superseded rule', () => {
  it('stops the older of two runs of one key, and says why', () => {
    expect(verdicts([jobOf('pr-12-43', 20), jobOf('pr-12-44', 6)])).toEqual([
      {
        verdict: 'over',
        reason:
          'run "pr-12-43" was created 14 min before run "pr-12-44" of the same key "pr-12", which is in flight (rule old-builds)',
        scope: 'any',
      },
      { verdict: 'within', reason: 'run "pr-12-44" is among the newest of key "pr-12"', scope: 'any' },
    ]);
  });

  it.each([
    ['5 minutes', 5 * MINUTE, undefined, 'within'],
    ['a millisecond more', 5 * MINUTE + 1, undefined, 'over'],
    ['a millisecond of none', 1, 0, 'over'],
    ['the same moment', 0, 0, 'within'],
  ])('takes runs of one build together: %s apart is %4$s', (_, apart, apartMinutes, verdict) => {
    const items = [jobOf('a-1', 0, { usageAt: NOW - apart }), jobOf('a-2', 0)];

    expect(words(items, { apartMinutes })).toEqual([verdict, 'within']);
  });

  it('stops every job of the older run, queued or started', () => {
    const items = [
      jobOf('a-1', 60, { status: 'PENDING', phase: 'queued' }),
      jobOf('a-1', 60, { arn: jobArn('00001', 'a-1') }),
      jobOf('a-2', 6),
    ];

    expect(words(items)).toEqual(['over', 'over', 'within']);
  });

  it('takes the key that a run names itself, whatever its name', () => {
    const items = [jobOf('x', 60, {}, 'pr-7'), jobOf('y', 6, {}, 'pr-7'), jobOf('a-1', 60, {}, 'pr-8')];

    expect([words(items, { key: undefined }), words([...items, jobOf('a-2', 6)])]).toEqual([
      ['over', 'within', 'within'],
      ['over', 'within', 'within', 'within'],
    ]);
  });

  it('has no key for a run that names none when the policy has no pattern', () => {
    const [only] = verdicts([jobOf('a-1', 60), jobOf('a-2', 6)], { key: undefined });

    expect(only).toMatchObject({
      verdict: 'notApplicable',
      reason: 'has no key: its run sets no AUTOSTOP_KEY',
    });
  });

  it.each<[string, Partial<WorkItem>, string]>([
    ['another key', {}, 'b-2'],
    ['no key', {}, 'a-x'],
    ['another project', { project: { arn: projectArn('other'), name: 'other' } }, 'a-2'],
    ['another platform', { platform: 'IOS' }, 'a-2'],
    ['another test type', { testType: 'XCTEST_UI' }, 'a-2'],
    ['no known creation', { usageAt: undefined }, 'a-2'],
    ['a stop under way', { status: 'STOPPING', phase: 'stopping' }, 'a-2'],
    ['a state that is not known', { status: 'NEW', phase: 'unknown' }, 'a-2'],
  ])('keeps a run when the newer one has %s', (_, newer, name) => {
    const both = [jobOf('a-1', 60), jobOf(name, 6, newer)];

    expect([words(both)[0], words(both.toReversed())[1]]).toEqual(['within', 'within']);
  });

  it('keeps a run of which the key is the word undefined when the newer one has no key', () => {
    expect(words([jobOf('x', 60, {}, 'undefined'), jobOf('nightly', 6)])[0]).toBe('within');
  });

  it('keeps a run when the rule does not match the newer one', () => {
    expect(words([jobOf('a-1', 60), jobOf('a-2', 6)], { match: { runs: ['a-1'] } })[0]).toBe('within');
  });

  it.each<[string, Partial<WorkItem>]>([
    ['is a session; it belongs to no run', { arn: sessionArn(), kind: 'session', run: undefined }],
    ['does not say when its run was created', { usageAt: undefined }],
    ['does not say its platform or test type', { platform: undefined }],
    ['does not say its platform or test type', { testType: undefined }],
    [
      'has no key: its run sets no AUTOSTOP_KEY and its name is not like {key}-{number}',
      { run: { arn: runArn('n'), name: 'nightly', minutes: NO_MINUTES, devices: 1 } },
    ],
  ])('does not apply to work that %s', (reason, facts) => {
    const [first] = verdicts([jobOf('a-1', 60, facts), jobOf('a-2', 6)]);

    expect(first).toMatchObject({ verdict: 'notApplicable', reason });
  });

  it('is told apart from the other rules of a policy', () => {
    const { rules } = policy([oldBuilds(), budgetInput(), oldBuilds({ id: 'other' })]);

    expect(rules.filter(isSuperseded).map(({ id }) => id)).toEqual(['old-builds', 'other']);
  });

  it('never stops the newest run of a key, whatever the order', () => {
    const ages = fc.array(fc.nat(100), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(ages, fc.nat(10), (minutesAgo, apartMinutes) => {
        const items = minutesAgo.map((ago, index) => jobOf(`a-${index}`, ago));
        const youngest = Math.min(...minutesAgo);

        const result = words(items, { apartMinutes });

        expect(result).toEqual(minutesAgo.map((ago) => (ago - youngest > apartMinutes ? 'over' : 'within')));
      }),
    );
  });
});

describe('what is being stopped replaces nothing', () => {
  const builds = [
    jobOf('pr-7-1', 30),
    jobOf('pr-7-2', 10, { status: 'PENDING', phase: 'queued', created: 0 }),
  ];

  it.each<[string, RuleInput]>([
    ['a queue rule', { id: 'stuck', type: 'queue-age', maxMinutes: 60 }],
    [
      'a budget',
      budgetInput({ limit: { minutes: 1 }, thresholds: [{ percent: 100, action: 'stop-queued' }] }),
    ],
    [
      'a window',
      { id: 'hours', type: 'window', allow: [{ from: '00:00', to: '01:00' }], match: { runs: ['pr-7-2'] } },
    ],
  ])('by %s, so one of two builds goes on', (_, rule) => {
    expect(actions(builds, oldBuilds(), rule)).toEqual(['keep', 'stop']);
  });

  it('by another superseded rule, so the build that only it would have replaced goes on', () => {
    const [a, b, c] = [jobOf('x-1', 60), jobOf('x-2', 40), jobOf('y-3', 10)];
    const byName = oldBuilds({ id: 'by-name', match: { runs: ['x-*'] } });
    const byTeam = oldBuilds({ id: 'by-team', key: '?-{key}', match: { runs: ['x-2', 'y-3'] } });
    const sameTeam = {
      ...c,
      run: { ...c.run, arn: runArn('y-2'), name: 'y-2', minutes: NO_MINUTES, devices: 1 },
    };
    const byTeamOf = oldBuilds({ ...byTeam, match: { runs: ['x-2', 'y-2'] } });

    expect(actions([a, b], byName)).toEqual(['stop', 'keep']);
    expect(actions([a, b, sameTeam], byName, byTeamOf)).toEqual(['keep', 'stop', 'keep']);
    expect(actions([a, b, sameTeam], byTeamOf, byName)).toEqual(['keep', 'stop', 'keep']);
  });

  describe('but a run that goes on replaces others', () => {
    const byName = oldBuilds({ id: 'by-name', key: '{key}-{number}' });
    const byTeam = oldBuilds({ id: 'by-team', key: '?-{key}' });

    it('when a newer one of its key belongs to the same build', () => {
      const items = [jobOf('y-1', 60), jobOf('x-1', 6), jobOf('x-2', 3)];

      expect(actions(items, byName, byTeam)).toEqual(['stop', 'keep', 'keep']);
    });

    it('when a rule that only observes would replace it', () => {
      const items = [jobOf('y-1', 60), jobOf('x-1', 40), jobOf('x-2', 10)];

      expect(actions(items, { ...byName, mode: 'observe' }, byTeam)).toEqual(['stop', 'observe', 'keep']);
      expect(actions(items, byName, byTeam)).toEqual(['keep', 'stop', 'keep']);
    });

    it('when a newer one has no key either by a rule that gives it none', () => {
      const items = [jobOf('y-1', 60), jobOf('y-2', 20), jobOf('nightly', 5)];

      expect(actions(items, oldBuilds({ id: 'x', key: 'x-{key}' }), byName)).toEqual([
        'stop',
        'keep',
        'keep',
      ]);
    });
  });

  it('except by a rule that only observes, which stops nothing', () => {
    const stuck: RuleInput = { id: 'stuck', type: 'queue-age', maxMinutes: 60, mode: 'observe' };

    expect(actions(builds, oldBuilds(), stuck)).toEqual(['stop', 'observe']);
  });

  it('except what is exempt, which goes on and replaces others', () => {
    const stuck: RuleInput = { id: 'stuck', type: 'queue-age', maxMinutes: 60 };
    const exemptions = [
      { id: 'e', match: { runs: ['pr-7-2'] }, until: '2030-01-01T00:00:00Z', owner: 'o', reason: 'r' },
    ];

    const decided = decideAll(builds, policy([oldBuilds(), stuck], { exemptions }));

    expect(decided.map(({ action }) => action)).toEqual(['stop', 'keep']);
  });

  it('so of every key some build goes on, whatever else stops', () => {
    const anyBuild = fc.record({
      ago: fc.integer({ min: 1, max: 200 }),
      isQueued: fc.boolean(),
      waited: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(anyBuild, { minLength: 1, maxLength: 8 }), fc.nat(100), (all, maxMinutes) => {
        const items = all.map(({ ago, isQueued, waited }, index) =>
          jobOf(`a-${index}`, ago, {
            ...(isQueued ? { status: 'PENDING', phase: 'queued' } : {}),
            created: NOW - waited * MINUTE,
          }),
        );
        const stuck: RuleInput = { id: 'stuck', type: 'queue-age', maxMinutes: Math.max(1, maxMinutes) };

        const decided = decideAll(items, policy([oldBuilds({ apartMinutes: 0 }), stuck]));

        const byStuck = decided.filter(({ rule }) => rule === 'stuck').length;
        const goOn = decided.filter(({ action }) => action === 'keep').length;
        expect(goOn > 0 || byStuck === items.length).toBe(true);
      }),
    );
  });
});
