import { ruleVersion } from '../policy/policy-version.ts';
import type { Policy } from '../policy/schema.ts';
import { type Lesson, type LessonSample, lessonOf } from './lesson.ts';

/** Samples by rule, `budget:<name>` or `alarm:<name>`. */
export type LessonSamples = ReadonlyMap<string, readonly LessonSample[]>;

/**
 * What is known of each rule of the policy as it stands, and of each message of AWS, in that order. What a rule of the same id
 * taught with another limit or another match says nothing of this one.
 * @param now epoch milliseconds
 */
export function lessonsOf(samples: LessonSamples, { rules }: Policy, now: number): readonly Lesson[] {
  const ofRules = rules.map((rule) => {
    const version = ruleVersion(rule);
    const own = (samples.get(rule.id) ?? []).filter((sample) => sample.ruleVersion === version);
    return lessonOf(rule.id, own, now);
  });
  const ofMessages = [...samples]
    .filter(([name]) => isMessage(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, own]) => lessonOf(name, own, now));
  return [...ofRules, ...ofMessages].filter(({ ended }) => ended > 0);
}

/** No id of a rule has a colon. */
function isMessage(name: string): boolean {
  return name.includes(':');
}
