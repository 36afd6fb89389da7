import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayOf } from '../../../bench/days/day.ts';

const seeds = fc.integer({ min: 1, max: 100_000 });

describe('the day of a seed', () => {
  it('is the same for the same seed, and another one for the next', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(dayOf(seed)).toEqual(dayOf(seed));
        expect(dayOf(seed + 1).runs).not.toEqual(dayOf(seed).runs);
      }),
    );
  });

  it('has tests of 3 to 40 minutes, or such that hang and do not pass', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const tests = dayOf(seed).runs.flatMap((run) => run.tests);

        for (const { testMinutes, passes } of tests) {
          if (testMinutes === Number.POSITIVE_INFINITY) expect(passes).toBe(false);
          else expect(testMinutes >= 3 && testMinutes <= 40).toBe(true);
        }
      }),
    );
  });

  it('has its runs in the order of their creation, in projects that it has', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { runs, sessions, timeouts } = dayOf(seed);

        expect(runs).toEqual(runs.toSorted((a, b) => a.atMinute - b.atMinute));
        for (const { project } of [...runs, ...sessions]) expect(timeouts[project]).toBeDefined();
      }),
    );
  });
});
