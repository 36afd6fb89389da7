import type { DayResult } from './day-result.ts';
import type { Figures } from './figures.ts';

export type Other = 'listingOrder' | 'stopAll';

/** What is saved can be measured by any of these: the less, the more is saved. */
export type Measure = 'billed' | 'beyond' | 'withReruns';

/** Dollars up to which two figures are the same. */
const CENT = 0.01;

/** Whether the guard saves at least as much as a script, and kills no more of what would have passed. */
export function holds({ figures }: Pick<DayResult, 'figures'>, other: Other, by: Measure): boolean {
  return savesAsMuch(figures.guard, figures[other], by) && figures.guard.killed <= figures[other].killed;
}

function savesAsMuch(guard: Figures, script: Figures, by: Measure): boolean {
  return guard[by] <= script[by] + CENT;
}

/** Whether it holds, and the guard saves more than a cent more or kills fewer. */
export function isBetter(day: Pick<DayResult, 'figures'>, other: Other, by: Measure): boolean {
  const { guard, [other]: script } = day.figures;
  return holds(day, other, by) && (guard[by] < script[by] - CENT || guard.killed < script.killed);
}

/** The share of days in which it holds, from 0 to 1, or in which another test does. */
export function shareOf(
  days: readonly DayResult[],
  other: Other,
  by: Measure,
  test: typeof holds = holds,
): number {
  return days.filter((day) => test(day, other, by)).length / days.length;
}
