import type { Policy } from '../lambda/core/policy/schema.ts';

/** What the guard allows itself, in sentences: the entries of a section, by the key that sets them. */
export function describeSafety({
  safety: { maxStopsPerHour, breaker },
}: Pick<Policy, 'safety'>): readonly (readonly string[])[] {
  const { percentOfActive, minimumActive, holdMinutes } = breaker;
  return [
    [
      'maxStopsPerHour',
      `stops at most ${maxStopsPerHour} in a rolling hour, best-ranked first; the rest is held and stopped when there is room`,
    ],
    [
      'breaker',
      percentOfActive === 100
        ? 'never holds: at 100 % everything may be over at once'
        : `holds stops for ${holdMinutes} min when more than ${percentOfActive} % of at least ${minimumActive} in flight are newly over a duration, queue or stall rule`,
    ],
  ];
}
