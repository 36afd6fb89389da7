import { withoutDrift } from '../without-drift.ts';
import type { Period } from './period.ts';

/** Share of a period that must have passed before a rate can be read from it. */
export const FORECAST_FROM = 0.1;

/**
 * What a period will have used at its end if it goes on as it began: the amount so far, divided by the share of the period
 * that has passed. None before a tenth of the period has passed, as one early run would decide it, and none for a
 * period that is over. `now` is epoch milliseconds; the unit is that of `spent`.
 */
export function forecastOf(spent: number, { start, end }: Period, now: number): number | undefined {
  const share = (now - start) / (end - start);
  return share >= FORECAST_FROM && share < 1 ? withoutDrift(spent / share) : undefined;
}
