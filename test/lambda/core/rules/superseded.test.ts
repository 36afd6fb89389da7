import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_MINUTES } from '../../../../lambda/core/minutes.ts';
import { decide } from '../../../../lambda/core/rules/decide.ts';
import type { WorkItem } from '../../../../lambda/core/work-item.ts';
import { item, jobArn, minute, now, policy, runArn, sessionArn } from '../samples.ts';

/** A job of a run that was created so many minutes ago. */
function jobOf(name: string, minutesAgo: number, facts: Partial<WorkItem> = {}): WorkItem {
  return item({
    arn: jobArn('00000', name),
    run: { arn: runArn(name), name, minutes: NO_MINUTES, devices: 1 },
    platform: 'ANDROID',
    testType: 'APPIUM_NODE',
    chargedAt: now - minutesAgo * minute,
    ...facts,
  });
}

function verdicts(items: readonly WorkItem[], others: { apartMinutes?: number; match?: object } = {}) {
  const rules = [{ id: 'old-builds', type: 'superseded', key: '{key}-{number}', ...others } as const];
  const { decisions, problems } = decide(items, { policy: policy(rules), budgets: [], now });
  expect(problems).toEqual([]);
  return decisions.map((one) => one.verdicts[0] ?? { verdict: one.reason, reason: one.reason, only: 'any' });
}

const words = (...args: Parameters<typeof verdicts>) => verdicts(...args).map(({ verdict }) => verdict);

describe('superseded', () => {
  it('stops the older of two runs of one key, and says why', () => {
    const [older, newer] = verdicts([jobOf('pr-12-43', 20), jobOf('pr-12-44', 6)]);

    expect(older).toMatchObject({
      verdict: 'over',
      only: 'any',
      reason:
        'run "pr-12-43" was created 14 min before run "pr-12-44" of the same key "pr-12", which is in flight (rule old-builds)',
    });
    expect(newer).toMatchObject({
      verdict: 'within',
      reason: 'run "pr-12-44" is among the newest of key "pr-12"',
    });
  });

  it.each([
    { apart: 5 * minute, verdict: 'within' },
    { apart: 5 * minute + 1, verdict: 'over' },
  ])('takes runs of one build together: $apart ms apart is $verdict', ({ apart, verdict }) => {
    const items = [jobOf('a-1', 0, { chargedAt: now - apart }), jobOf('a-2', 0)];

    expect(words(items)).toEqual([verdict, 'within']);
  });

  it('may take them apart however close they are, but no run replaces one of the same moment', () => {
    const close = [jobOf('a-1', 0, { chargedAt: now - 1 }), jobOf('a-2', 0)];
    const same = [jobOf('a-1', 0), jobOf('a-2', 0)];

    expect([words(close, { apartMinutes: 0 }), words(same, { apartMinutes: 0 })]).toEqual([
      ['over', 'within'],
      ['within', 'within'],
    ]);
  });

  it('stops every job of the older run, queued or started', () => {
    const items = [
      jobOf('a-1', 60, { status: 'PENDING' }),
      jobOf('a-1', 60, { arn: jobArn('00001', 'a-1') }),
      jobOf('a-2', 6),
    ];

    expect(words(items)).toEqual(['over', 'over', 'within']);
  });

  it.each<{ what: string; older?: Partial<WorkItem>; newer?: Partial<WorkItem>; name?: string }>([
    { what: 'another key', name: 'b-2' },
    { what: 'no key', name: 'a-x' },
    { what: 'another project', newer: { project: { arn: 'other', name: 'other' } } },
    { what: 'another platform', newer: { platform: 'IOS' } },
    { what: 'another test type', newer: { testType: 'XCTEST_UI' } },
    { what: 'no known creation', newer: { chargedAt: undefined } },
    { what: 'a stop under way', newer: { status: 'STOPPING' } },
    { what: 'a state that is not known', newer: { status: 'NEW' } },
  ])('keeps a run when the newer one has $what', ({ newer, name = 'a-2' }) => {
    expect(words([jobOf('a-1', 60), jobOf(name, 6, newer)])[0]).toBe('within');
  });

  it('keeps a run when the rule does not match the newer one', () => {
    const items = [jobOf('a-1', 60), jobOf('a-2', 6)];

    expect(words(items, { match: { runs: ['a-1'] } })[0]).toBe('within');
  });

  it.each<[string, Partial<WorkItem>]>([
    ['is a session; it belongs to no run', { arn: sessionArn(), kind: 'session', run: undefined }],
    ['does not say when its run was created', { chargedAt: undefined }],
    ['does not say its platform or test type', { platform: undefined }],
    ['does not say its platform or test type', { testType: undefined }],
  ])('does not apply to work that %s', (reason, facts) => {
    const [verdict] = verdicts([jobOf('a-1', 60, facts), jobOf('a-2', 6)]);

    expect(verdict).toMatchObject({ verdict: 'notApplicable', reason });
  });

  it('does not apply to a run without a key', () => {
    const [verdict] = verdicts([jobOf('nightly', 60)]);

    expect(verdict).toMatchObject({
      verdict: 'notApplicable',
      reason: 'has no key: the name of its run is not like {key}-{number}',
    });
  });

  it('never stops the newest run of a key, whatever the order', () => {
    const ages = fc.array(fc.nat(100), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(ages, fc.nat(10), (minutesAgo, apartMinutes) => {
        const items = minutesAgo.map((ago, index) => jobOf(`a-${index}`, ago));
        const youngest = Math.min(...minutesAgo);

        const found = words(items, { apartMinutes });

        expect(found).toEqual(minutesAgo.map((ago) => (ago - youngest > apartMinutes ? 'over' : 'within')));
      }),
    );
  });
});
