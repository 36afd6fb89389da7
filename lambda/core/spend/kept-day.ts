import type { Sum } from './sum-alike.ts';

/**
 * Milliseconds during which charges that somebody began to write may still arrive: no invocation of a function lasts
 * longer than 15 minutes (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html); the rest is for clocks.
 */
export const WRITING = 20 * 60_000;

const DAY = 86_400_000;

/** The sums of the charges of one UTC day, and for which view of them they hold. */
export interface DaySums {
  readonly view: string;
  readonly sums: readonly Sum[];
}

/** What is kept of one UTC day of the ledger besides its charges. */
export interface KeptDay {
  /** Another one whenever somebody begins to write charges of the day; `''` when it could not be read. */
  readonly token: string;
  /** Until then charges of the day may be on their way. Epoch milliseconds. */
  readonly writtenUntil?: number;
  readonly summed?: DaySums;
}

/** The first moment of the UTC day of `at`. */
export function utcDayOf(at: number): number {
  return Math.floor(at / DAY) * DAY;
}

/** The first moments of the UTC days of `[from, to)`, in order. */
export function utcDays(from: number, to: number): readonly number[] {
  const first = utcDayOf(from);
  return Array.from(
    { length: Math.max(0, Math.ceil((to - first) / DAY)) },
    (_, index) => first + index * DAY,
  );
}

/** The first moment after a UTC day. */
export function endOf(day: number): number {
  return day + DAY;
}

/** Whether the UTC day is over; its charges are then announced before they are written. */
export function isOver(day: number, now: number): boolean {
  return endOf(day) <= now;
}

/** Whether all charges of a UTC day that were begun to be written have arrived, so that a sum misses none of them. */
export function isAtRest(day: number, kept: KeptDay | undefined, now: number): boolean {
  return isOver(day, now - WRITING) && (kept?.writtenUntil ?? 0) <= now;
}
