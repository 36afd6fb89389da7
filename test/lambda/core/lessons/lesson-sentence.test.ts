import { describe, expect, it } from 'vitest';
import { endedLines } from '../../../../lambda/core/lessons/ended-lines.ts';
import type { Lesson } from '../../../../lambda/core/lessons/lesson.ts';
import { lessonSentence } from '../../../../lambda/core/lessons/lesson-sentence.ts';

const lesson = (facts: Partial<Lesson> = {}): Lesson => ({
  rule: 'long-jobs',
  ended: 9,
  falseStops: 6,
  rightStops: 3,
  cutShort: 0,
  sessionsEnded: 0,
  falseStopRate: 0.667,
  endedWithin: { half: 3, ninety: 11.4, all: 12 },
  startedWithin: null,
  savedMinutes: 255,
  savedUsd: 43.35,
  falseMinutes: 30,
  falseUsd: 5.1,
  withoutMinutes: 0,
  ...facts,
});

describe('lessonSentence', () => {
  it('says the rate, how much to raise the limit, and what enforcing would have saved', () => {
    expect(lessonSentence(lesson())).toBe(
      'long-jobs: 9 would-be stops ended in 30 days; 6 of 9 false (66.7 %); these ended within 3 min (half), 11.4 min (90 %) or 12 min (all) of the would-be stop and used 30 min and $5.10 after it; of the others enforcing would have saved 255 min and $43.35',
    );
  });

  it.each<[Partial<Lesson>, string]>([
    [
      { falseStopRate: null, falseStops: 1, rightStops: 0 },
      '1 of 1 false (too few for a rate, 5 are needed)',
    ],
    [
      { startedWithin: { half: 1, ninety: 2, all: 5 } },
      '; those that were queued had started within 1 min (half), 2 min (90 %) or 5 min (all)',
    ],
    [
      { falseStops: 0, rightStops: 0, cutShort: 2 },
      'none of them shows whether the stop would have been right; 2 stopped by somebody',
    ],
    [{ sessionsEnded: 4 }, '; 4 sessions closed'],
    [{ withoutMinutes: 1 }, '; of 1 it is not known what they used'],
  ])('of %j says %s', (facts, text) => {
    expect(lessonSentence(lesson(facts))).toContain(text);
  });
});

describe('endedLines', () => {
  it('are one for each rule, with the new ones counted', () => {
    const lines = endedLines(['stuck', 'long-jobs', 'stuck'], [lesson(), lesson({ rule: 'stuck' })]);

    expect(lines).toEqual([
      `1 new: ${lessonSentence(lesson())}`,
      `2 new: ${lessonSentence(lesson({ rule: 'stuck' }))}`,
    ]);
  });

  it('point at the records of a rule that the policy no longer has as it was', () => {
    expect(endedLines(['old'], [lesson()])).toEqual(['1 new: old; see the records WouldStopEnded']);
  });
});
