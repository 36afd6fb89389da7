import type { Course } from './timeline.ts';

/** Device minutes. `total` is how long the device was occupied; it may exceed metered + unmetered. */
export interface Minutes {
  readonly total: number;
  readonly metered: number;
  readonly unmetered: number;
}

export const noMinutes: Minutes = { total: 0, metered: 0, unmetered: 0 };

/** Who pays: whether minutes are metered, and from which step on they are billed. */
export interface Tariff {
  readonly metered: boolean;
  readonly billedFrom: 'preparing' | 'started';
}

/** Unrounded minutes used until `now`, by the rules of the README. Work that never got a device has used none. */
export function minutesUsed(course: Course, tariff: Tariff, now: number): Minutes {
  const until = Math.min(now, course.endAt);
  const since = (from: number) => msToMinutes(Math.max(0, until - from));
  const billed = since(tariff.billedFrom === 'started' ? course.startedAt : course.preparingAt);
  return {
    total: since(course.preparingAt),
    metered: tariff.metered ? billed : 0,
    unmetered: tariff.metered ? 0 : billed,
  };
}

/** The sum over children, which is what the service's own model promises of a run. */
export function sumMinutes(all: Iterable<Minutes>): Minutes {
  let sum = noMinutes;
  for (const one of all) {
    sum = {
      total: sum.total + one.total,
      metered: sum.metered + one.metered,
      unmetered: sum.unmetered + one.unmetered,
    };
  }
  return sum;
}

/** Two decimals, as in every public sample. */
export function roundMinutes(minutes: Minutes): Minutes {
  return {
    total: round(minutes.total),
    metered: round(minutes.metered),
    unmetered: round(minutes.unmetered),
  };
}

const round = (value: number) => Math.round(value * 100) / 100;

const minuteMs = 60_000;

export const minutesToMs = (minutes: number) => minutes * minuteMs;
const msToMinutes = (ms: number) => ms / minuteMs;

/** Epoch seconds with a fraction, as AWS JSON writes timestamps; undefined for a moment that never comes. */
export function wireTime(atMs: number): number | undefined {
  return Number.isFinite(atMs) ? atMs / 1000 : undefined;
}
