const minuteMs = 60_000;

export const minutesToMs = (minutes: number) => minutes * minuteMs;
export const msToMinutes = (ms: number) => ms / minuteMs;

/** Epoch seconds with a fraction, as AWS JSON writes timestamps; undefined for a moment that never comes. */
export function wireTime(atMs: number): number | undefined {
  return Number.isFinite(atMs) ? atMs / 1000 : undefined;
}
