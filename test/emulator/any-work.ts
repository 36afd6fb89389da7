import fc from 'fast-check';
import { executionResults } from '../../emulator/status.ts';
import { type Approach, type Plan, type Start, startAt, startFromSlot } from '../../emulator/timeline.ts';
import { begin, minute } from './start-farm.ts';

/** Any length from nothing to `maxMinutes`, to the tenth of a minute, in milliseconds. */
export const anyLength = (maxMinutes: number) =>
  fc.integer({ min: 0, max: maxMinutes * 10 }).map((tenths) => tenths * 6000);

/** Any moment around the work that begins at `begin`. */
export const anyMoment = fc.integer({ min: 0, max: 2000 }).map((tenths) => begin + (tenths * minute) / 10);

export const anyPlan: fc.Arbitrary<Plan> = fc.record({
  createdAt: fc.constant(begin),
  setupMs: anyLength(3),
  testMs: fc.oneof(anyLength(100), fc.constant(Number.POSITIVE_INFINITY)),
  teardownMs: anyLength(3),
  processingMs: anyLength(3),
  timeoutMs: anyLength(100),
  queueLimitMs: anyLength(100),
  result: fc.constantFrom(...executionResults.filter((result) => result !== 'PENDING')),
});

const anyApproach: fc.Arbitrary<Approach> = fc.record({
  createdAt: fc.constant(begin),
  waitsFor: fc.constantFrom('PENDING_CONCURRENCY', 'PENDING_DEVICE'),
  pendingMs: anyLength(2),
  deviceWaitMs: anyLength(2),
  schedulingMs: anyLength(2),
  prepareMs: anyLength(2),
});

/** Any way to a device: forced, or by a slot that comes some time after the PENDING phase. */
export const anyStart: fc.Arbitrary<Start> = fc
  .tuple(anyApproach, fc.boolean(), anyLength(100))
  .map(([approach, forced, wait]) =>
    forced ? startAt(approach, begin + wait) : startFromSlot(approach, begin + approach.pendingMs + wait),
  );
