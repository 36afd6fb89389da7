/** Milliseconds of the rolling hour. */
export const HOUR = 3_600_000;

/** Places of the rolling hour that somebody has taken. */
export interface TakenPlaces {
  readonly id: string;
  readonly places: number;
  /** Epoch milliseconds from which they are free again: an hour after the last stop that they can stand for. */
  readonly until: number;
}

/** What is still taken at `now` (epoch milliseconds). */
export function stillTaken(taken: readonly TakenPlaces[], now: number): readonly TakenPlaces[] {
  return taken.filter(({ until, places }) => until > now && places > 0);
}

/** How many of `wanted` places are free when `limit` may be taken; never less than none, also after the limit was lowered. */
export function freePlaces(taken: readonly TakenPlaces[], wanted: number, limit: number): number {
  const used = taken.reduce((sum, { places }) => sum + places, 0);
  return Math.max(0, Math.min(wanted, limit - used));
}
