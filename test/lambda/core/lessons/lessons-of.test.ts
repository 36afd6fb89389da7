import { describe, expect, it } from 'vitest';
import type { LessonSample } from '../../../../lambda/core/lessons/lesson.ts';
import { lessonsOf } from '../../../../lambda/core/lessons/lessons-of.ts';
import { ruleVersion } from '../../../../lambda/core/policy/policy-version.ts';
import { now, policy } from '../samples.ts';

const rules = [
  { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
  { id: 'stuck', type: 'queue-age', maxMinutes: 60 },
] as const;
const own = policy(rules);
const [longJobs, stuck] = own.rules.map(ruleVersion);

const sample = (ruleVersion?: string): LessonSample => ({
  work: 'a',
  ...(ruleVersion !== undefined && { ruleVersion }),
  verdict: 'falseStop',
  endedAt: now,
  minutes: 3,
});

describe('lessonsOf', () => {
  it('are those of the rules in their order, and then those of messages', () => {
    const samples = new Map([
      ['budget:monthly', [sample()]],
      ['alarm:burn', [sample()]],
      ['stuck', [sample(stuck)]],
      ['long-jobs', [sample(longJobs)]],
    ]);

    const lessons = lessonsOf(samples, own, now);

    expect(lessons.map(({ rule }) => rule)).toEqual(['long-jobs', 'stuck', 'alarm:burn', 'budget:monthly']);
  });

  it.each([
    ['another limit', [{ ...rules[0], maxMinutes: 90 }]],
    ['another match', [{ ...rules[0], match: { billing: 'metered' as const } }]],
    ['another name', [{ ...rules[0], id: 'long' }]],
  ])('leave out what a rule taught with %s', (_, changed) => {
    const samples = new Map([['long-jobs', [sample(longJobs)]]]);

    expect(lessonsOf(samples, policy(changed), now)).toEqual([]);
  });

  it('stay when only the mode of the rule is another', () => {
    const samples = new Map([['long-jobs', [sample(longJobs)]]]);

    const lessons = lessonsOf(samples, policy([{ ...rules[0], mode: 'observe' }]), now);

    expect(lessons).toMatchObject([{ rule: 'long-jobs', ended: 1 }]);
  });

  it('leave out a rule that has taught nothing, or nothing lately', () => {
    const old = { ...sample(longJobs), endedAt: now - 31 * 86_400_000 };

    expect(lessonsOf(new Map([['long-jobs', [old]]]), own, now)).toEqual([]);
  });
});
