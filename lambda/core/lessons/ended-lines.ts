import type { Lesson } from './lesson.ts';
import { lessonSentence } from './lesson-sentence.ts';

/**
 * One line for each rule of which would-be stops have ended: what they taught, together with those before them.
 * @param ends the rule of each end
 */
export function endedLines(ends: readonly string[], lessons: readonly Lesson[]): readonly string[] {
  return [...new Set(ends)].sort().map((rule) => {
    const count = ends.filter((one) => one === rule).length;
    const lesson = lessons.find((one) => one.rule === rule);
    return lesson
      ? `${count} new: ${lessonSentence(lesson)}`
      : `${count} new: ${rule}; see the records WouldStopEnded`;
  });
}
