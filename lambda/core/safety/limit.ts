/** What the cap leaves to one pass. */
export interface Room<T> {
  /** Stops that the rolling hour still has room for. */
  readonly places: number;
  /** Whether a stop needs no place: one of the same was accepted before, and asking again is no further stop. */
  readonly isFree: (stop: T) => boolean;
}

/** The best-ranked stops that there is room for, and the rest: a cap never means to do nothing. */
export function limit<T>(
  ranked: readonly T[],
  { places, isFree }: Room<T>,
): { readonly now: readonly T[]; readonly held: readonly T[] } {
  const now: T[] = [];
  const held: T[] = [];
  let left = places;
  for (const stop of ranked) {
    const free = isFree(stop);
    if (!free && left <= 0) {
      held.push(stop);
      continue;
    }
    if (!free) left -= 1;
    now.push(stop);
  }
  return { now, held };
}
