import { lessonSentence } from '../lambda/core/lessons/lesson-sentence.ts';
import type { PlanReport } from './plan-report.ts';

/** Lines on what observing has taught; none where nothing observes and nothing was learnt. */
export function lessonLines(report: PlanReport): readonly string[] {
  const { lessons } = report;
  if (lessons !== null && lessons.length > 0) return lessons.map(lessonSentence);
  if (!observes(report)) return [];
  return [lessons === null ? 'not known without --state-table' : 'none yet of the rules as they stand'];
}

function observes({ policy, items }: PlanReport): boolean {
  return (
    policy.mode === 'observe' || items.some((item) => item.verdicts.some(({ mode }) => mode === 'observe'))
  );
}
