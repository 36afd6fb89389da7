import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addMinutes,
  elapsedMinutes,
  estimateMinutes,
  NO_MINUTES,
  SERVICE_TIMEOUT_MINUTES,
  settledMinutes,
  TIMEOUT_MARGIN_MINUTES,
} from '../../../lambda/core/minutes.ts';
import type { Billing } from '../../../lambda/core/service.ts';
import { minute, now } from './samples.ts';

const billing = fc.constantFrom<Billing>('metered', 'unmetered', 'unknown');
const count = fc.option(fc.double({ min: 0, max: 1_000, noNaN: true }), { nil: undefined });
const counters = fc.record({ total: count, metered: count, unmetered: count });
const work = fc.record({
  counters,
  billing,
  runningSince: fc.option(fc.integer({ min: now - 10_000 * minute, max: now + 100 * minute }), {
    nil: undefined,
  }),
  timeoutMinutes: fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined }),
});

describe('estimateMinutes', () => {
  it.each([
    { counter: undefined, ran: 12, minutes: 12 },
    { counter: 0, ran: 12, minutes: 12 },
    { counter: 11.99, ran: 12, minutes: 12 },
    { counter: 12.01, ran: 12, minutes: 12.01 },
  ])('takes the larger of counter $counter and clock $ran', ({ counter, ran, minutes }) => {
    const counters = { total: counter, metered: counter };

    const estimate = estimateMinutes({ counters, runningSince: now - ran * minute, billing: 'metered' }, now);

    expect(estimate).toEqual({ total: minutes, metered: minutes, unmetered: 0 });
  });

  it.each([
    { billing: 'metered', metered: 30, unmetered: 0 },
    { billing: 'unknown', metered: 30, unmetered: 0 },
    { billing: 'unmetered', metered: 0, unmetered: 30 },
  ] as const)('counts $billing work as $metered metered minutes', ({ billing, metered, unmetered }) => {
    const estimate = estimateMinutes({ counters: {}, runningSince: now - 30 * minute, billing }, now);

    expect(estimate).toEqual({ total: 30, metered, unmetered });
  });

  it('has no minutes for work that never ran', () => {
    const estimate = estimateMinutes({ counters: {}, billing: 'metered' }, now);

    expect(estimate).toEqual(NO_MINUTES);
  });

  it.each([
    { timeoutMinutes: undefined, clamp: SERVICE_TIMEOUT_MINUTES + TIMEOUT_MARGIN_MINUTES },
    { timeoutMinutes: 60, clamp: 60 + TIMEOUT_MARGIN_MINUTES },
    // The service takes no timeout below 5 minutes: 0 means that none was told.
    { timeoutMinutes: 0, clamp: SERVICE_TIMEOUT_MINUTES + TIMEOUT_MARGIN_MINUTES },
  ])('clamps the clock at $clamp min for a timeout of $timeoutMinutes', ({ timeoutMinutes, clamp }) => {
    const since = (minutes: number) =>
      estimateMinutes(
        { counters: {}, runningSince: now - minutes * minute, billing: 'metered', timeoutMinutes },
        now,
      ).total;

    const estimates = [since(clamp - 1), since(clamp), since(clamp + 1)];

    expect(estimates).toEqual([clamp - 1, clamp, clamp]);
  });

  it('believes a counter that is above the clamp', () => {
    const estimate = estimateMinutes(
      { counters: { total: 500, metered: 400 }, runningSince: now - 900 * minute, billing: 'metered' },
      now,
    );

    expect(estimate).toEqual({ total: 500, metered: 400, unmetered: 0 });
  });

  it('never sinks as time passes, and is never negative', () => {
    fc.assert(
      fc.property(work, fc.nat(10_000 * minute), (work, later) => {
        const first = estimateMinutes(work, now);
        const second = estimateMinutes(work, now + later);

        for (const kind of ['total', 'metered', 'unmetered'] as const) {
          expect(first[kind]).toBeGreaterThanOrEqual(0);
          expect(second[kind]).toBeGreaterThanOrEqual(first[kind]);
        }
      }),
    );
  });

  it('never makes money of unmetered work, nor free minutes of other work', () => {
    fc.assert(
      fc.property(work, (work) => {
        const { metered, unmetered } = estimateMinutes(work, now);

        expect(work.billing === 'unmetered' ? metered : unmetered).toBe(0);
      }),
    );
  });
});

describe('settledMinutes', () => {
  it.each([
    [
      { total: 83.35, metered: 75.69, unmetered: 0 },
      { total: 83.35, metered: 75.69, unmetered: 0 },
    ],
    [
      { total: 1.38, metered: 0, unmetered: 1.13 },
      { total: 1.38, metered: 0, unmetered: 1.13 },
    ],
    [
      { total: 5, metered: 5 },
      { total: 5, metered: 5, unmetered: 0 },
    ],
    [{ total: 0, metered: 0, unmetered: 0 }, NO_MINUTES],
  ])('takes %j as final', (counters, minutes) => {
    const settled = settledMinutes(counters);

    expect(settled).toEqual(minutes);
  });

  it.each([{}, { total: 5 }, { metered: 5 }, { unmetered: 5 }, { total: 5, unmetered: 5 }])(
    'does not take %j as final: absent is not zero',
    (counters) => {
      const settled = settledMinutes(counters);

      expect(settled).toBeUndefined();
    },
  );
});

describe('elapsedMinutes', () => {
  it('is the time between start and end', () => {
    const minutes = elapsedMinutes({ started: now - 20 * minute, stopped: now - 5 * minute }, 'metered');

    expect(minutes).toEqual({ total: 15, metered: 15, unmetered: 0 });
  });

  it('is not money when the work was unmetered', () => {
    const minutes = elapsedMinutes({ started: now - 20 * minute, stopped: now }, 'unmetered');

    expect(minutes).toEqual({ total: 20, metered: 0, unmetered: 20 });
  });

  it.each([{}, { started: now }, { stopped: now }])('is nothing when only %j is known', (work) => {
    const minutes = elapsedMinutes(work, 'metered');

    expect(minutes).toEqual(NO_MINUTES);
  });

  it('is nothing when the end lies before the start', () => {
    const minutes = elapsedMinutes({ started: now, stopped: now - minute }, 'metered');

    expect(minutes).toEqual(NO_MINUTES);
  });
});

describe('addMinutes', () => {
  it('adds each kind by itself, without the drift of binary fractions', () => {
    const sum = addMinutes(
      { total: 0.1, metered: 0.1, unmetered: 1.1 },
      { total: 0.2, metered: 0.2, unmetered: 2.2 },
    );

    expect(sum).toEqual({ total: 0.3, metered: 0.3, unmetered: 3.3 });
  });
});
