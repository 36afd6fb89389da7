import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutesUsed } from '../../emulator/minutes.ts';
import type { ExecutionStatus } from '../../emulator/status.ts';
import { courseOf, type Stop, statusAt } from '../../emulator/timeline.ts';
import { anyLength, anyMoment, anyPlan, anyStart } from './any-work.ts';
import { begin, minute } from './start-farm.ts';

const order: readonly ExecutionStatus[] = [
  'PENDING',
  'PENDING_CONCURRENCY',
  'PENDING_DEVICE',
  'SCHEDULING',
  'PREPARING',
  'RUNNING',
  'PROCESSING',
  'STOPPING',
  'COMPLETED',
];
const ranks = (statuses: readonly ExecutionStatus[]) => statuses.map((status) => order.indexOf(status));
const rising = (numbers: readonly number[]) =>
  numbers.every((value, index) => value >= (numbers[index - 1] ?? value));

const anyStop: fc.Arbitrary<Stop | undefined> = fc.option(
  fc
    .tuple(anyMoment, fc.oneof(anyLength(30), fc.constant(0)))
    .map(([at, stuck]) => ({ at, releaseAt: at + stuck })),
  { nil: undefined },
);
const tariff = { metered: true, billedFrom: 'started' } as const;

describe('the timeline of any work', () => {
  it('4.1 goes through the statuses in their order and never back', () => {
    fc.assert(
      fc.property(
        anyPlan,
        anyStart,
        anyStop,
        fc.array(anyMoment, { minLength: 2 }),
        (plan, start, stop, moments) => {
          const course = courseOf(plan, start, stop);

          const statuses = moments.toSorted((a, b) => a - b).map((at) => statusAt(course, at));

          expect(rising(ranks(statuses))).toBe(true);
        },
      ),
    );
  });

  it('4.2 is RUNNING exactly from its start to its end unless it is stopping', () => {
    fc.assert(
      fc.property(anyPlan, anyStart, anyMoment, (plan, start, at) => {
        const course = courseOf(plan, start);

        const inUse = course.startedAt <= at && at < course.endAt;

        expect(statusAt(course, at) === 'RUNNING').toBe(inUse);
      }),
    );
  });

  it('4.3 never runs longer than its timeout', () => {
    fc.assert(
      fc.property(anyPlan, anyStart, anyStop, (plan, start, stop) => {
        const course = courseOf(plan, start, stop);

        fc.pre(Number.isFinite(course.startedAt));

        expect(course.endAt - course.startedAt).toBeLessThanOrEqual(plan.timeoutMs);
      }),
    );
  });

  it('4.5 never waits longer than its queue limit', () => {
    fc.assert(
      fc.property(anyPlan, anyStart, (plan, start) => {
        const course = courseOf(plan, start);

        const waited = Math.min(course.schedulingAt, course.completedAt) - begin;

        expect(waited).toBeLessThanOrEqual(plan.queueLimitMs);
      }),
    );
  });

  it('6.1 ends at once and costs nothing when it is stopped before its tests', () => {
    fc.assert(
      fc.property(anyPlan, anyStart, anyMoment, (plan, start, at) => {
        const natural = courseOf(plan, start);
        fc.pre(at < natural.startedAt && at < natural.completedAt);

        const course = courseOf(plan, start, { at, releaseAt: at });

        expect(statusAt(course, at)).toBe('COMPLETED');
        expect(course.result).toBe('STOPPED');
        expect(minutesUsed(course, tariff, at + 1000 * minute).metered).toBe(0);
      }),
    );
  });

  it('6.2 is over within the setup and the teardown when it is stopped while RUNNING', () => {
    fc.assert(
      fc.property(anyPlan, anyStart, anyMoment, (plan, start, at) => {
        const natural = courseOf(plan, start);
        fc.pre(statusAt(natural, at) === 'RUNNING');

        const course = courseOf(plan, start, { at, releaseAt: at });

        const testsEnd = Math.max(at, course.startedAt + plan.setupMs);
        expect(course.completedAt).toBe(Math.min(testsEnd + plan.teardownMs, natural.endAt));
        expect(course.result).toBe('STOPPED');
      }),
    );
  });

  it('6.4 is not changed by a stop when its tests are over', () => {
    fc.assert(
      fc.property(anyPlan, anyStart, anyLength(5), (plan, start, late) => {
        const natural = courseOf(plan, start);
        fc.pre(Number.isFinite(natural.endAt));
        const at = natural.endAt + late;

        expect(courseOf(plan, start, { at, releaseAt: at })).toEqual(natural);
      }),
    );
  });

  it('6.6 neither ends later nor costs more because of a stop', () => {
    fc.assert(
      fc.property(anyPlan, anyStart, anyMoment, anyMoment, (plan, start, at, later) => {
        const natural = courseOf(plan, start);

        const course = courseOf(plan, start, { at, releaseAt: at });

        expect(course.completedAt).toBeLessThanOrEqual(natural.completedAt);
        expect(minutesUsed(course, tariff, later).metered).toBeLessThanOrEqual(
          minutesUsed(natural, tariff, later).metered,
        );
      }),
    );
  });

  it('7.1 uses minutes that never fall, and bills no more than it occupies', () => {
    fc.assert(
      fc.property(anyPlan, anyStart, anyStop, anyMoment, anyLength(30), (plan, start, stop, at, step) => {
        const course = courseOf(plan, start, stop);

        const [first, second] = [minutesUsed(course, tariff, at), minutesUsed(course, tariff, at + step)];

        expect(second.total).toBeGreaterThanOrEqual(first.total);
        expect(second.metered).toBeGreaterThanOrEqual(first.metered);
        expect(first.total).toBeGreaterThanOrEqual(first.metered + first.unmetered);
      }),
    );
  });
});
