import type { Charge } from '../charge.ts';
import { withoutDrift } from '../without-drift.ts';

/** How wrong the estimates of some runs and sessions were, in billed device minutes. */
export interface EstimateError {
  /** Runs and sessions that had been estimated in flight. */
  readonly count: number;
  /** Final minutes less estimates: above 0, estimates were too low by so much. */
  readonly minutes: number;
  /** The same without its sign, so that errors up and down do not cancel. */
  readonly absoluteMinutes: number;
}

/** The error of what has been settled; what was never estimated has none. */
export function estimateErrorOf(settled: readonly Charge[]): EstimateError {
  const errors = settled.flatMap(({ estimateError }) => (estimateError === undefined ? [] : [estimateError]));
  const sum = (values: readonly number[]) => values.reduce((total, value) => withoutDrift(total + value), 0);
  return { count: errors.length, minutes: sum(errors), absoluteMinutes: sum(errors.map(Math.abs)) };
}
