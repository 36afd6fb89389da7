import type { SweepSummary } from '../lambda/core/report/sweep-summary.ts';
import type { Finding } from './check-day.ts';
import { ON_TRIAL } from './morning.ts';

/** How far the guard's figure may be from the bill: work in flight is an estimate. */
const TOLERANCE = 0.02;

/**
 * Holds what the guard says of the money against the bill.
 * @param latest what the last sweep said; absent: none succeeded
 * @param billedUsd US dollars of the day, by the books of the emulator at the same moment
 */
export function checkMoney(latest: SweepSummary | undefined, billedUsd: number): readonly Finding[] {
  return [
    finding('what the guard counted as spent is what was billed', spentFault(latest, billedUsd)),
    finding('observing taught how often the rule on trial is wrong', lessonFault(latest)),
  ];
}

function finding(promise: string, but: string | undefined): Finding {
  return but === undefined ? { promise } : { promise, but };
}

function spentFault(latest: SweepSummary | undefined, billedUsd: number): string | undefined {
  const account = latest?.spend.find(({ project, kind }) => project === null && kind === 'day');
  if (!account) return 'no figure for the account';
  const { spent } = account.usd;
  if (Math.abs(spent - billedUsd) <= billedUsd * TOLERANCE) return undefined;
  return `counted $${spent.toFixed(2)}, billed $${billedUsd.toFixed(2)}`;
}

function lessonFault(latest: SweepSummary | undefined): string | undefined {
  const lesson = latest?.lessons.find(({ rule }) => rule === ON_TRIAL.rule);
  if (!lesson) return `no lesson of ${ON_TRIAL.rule}`;
  const { falseStops, rightStops, falseStopRate } = lesson;
  if (falseStops === ON_TRIAL.falseStops && rightStops === ON_TRIAL.rightStops) return undefined;
  return `${falseStops} false and ${rightStops} right stops, rate ${falseStopRate}`;
}
