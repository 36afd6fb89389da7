import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Billing } from '../../lambda/model.ts';
import { NO_MINUTES } from '../../lambda/money.ts';
import { MINUTE } from '../../lambda/time.ts';
import {
  elapsedMinutes,
  estimateMinutes,
  remainingMinutes,
  SERVICE_TIMEOUT_MINUTES,
  TIMEOUT_MARGIN_MINUTES,
  timeoutOf,
} from '../../lambda/usage/minutes.ts';
import { item, metered, NOW } from '../support/samples.ts';

const billing = fc.constantFrom<Billing>('metered', 'unmetered', 'unknown');
const count = fc.option(fc.double({ min: 0, max: 1e300, noNaN: true }), { nil: undefined });
const work = fc.record({
  counters: fc.record({ total: count, metered: count, unmetered: count }),
  billing,
  runningSince: fc.option(fc.integer({ min: NOW - 10_000 * MINUTE, max: NOW + 100 * MINUTE }), {
    nil: undefined,
  }),
  timeoutMinutes: fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined }),
});

describe('the estimate of work in flight', () => {
  it.each([
    { counter: undefined, ran: 12, minutes: 12 },
    { counter: 0, ran: 12, minutes: 12 },
    { counter: 11.99, ran: 12, minutes: 12 },
    { counter: 12.01, ran: 12, minutes: 12.01 },
  ])('is the larger of counter $counter and clock $ran', ({ counter, ran, minutes }) => {
    const counters = { total: counter, metered: counter };

    const estimate = estimateMinutes({ counters, runningSince: NOW - ran * MINUTE, billing: 'metered' }, NOW);

    expect(estimate).toEqual(metered(minutes));
  });

  it.each([
    { billing: 'metered', minutes: metered(30) },
    { billing: 'unknown', minutes: metered(30) },
    { billing: 'unmetered', minutes: { total: 30, metered: 0, unmetered: 30 } },
  ] as const)('counts $billing work as $minutes', ({ billing, minutes }) => {
    const estimate = estimateMinutes({ counters: {}, runningSince: NOW - 30 * MINUTE, billing }, NOW);

    expect(estimate).toEqual(minutes);
  });

  it('is nothing for work that never ran', () => {
    expect(estimateMinutes({ counters: {}, billing: 'metered' }, NOW)).toEqual(NO_MINUTES);
  });

  it.each([
    { timeoutMinutes: undefined, most: SERVICE_TIMEOUT_MINUTES + TIMEOUT_MARGIN_MINUTES },
    { timeoutMinutes: 60, most: 60 + TIMEOUT_MARGIN_MINUTES },
    // The service takes no timeout below 5 minutes: 0 means that there is none.
    { timeoutMinutes: 0, most: SERVICE_TIMEOUT_MINUTES + TIMEOUT_MARGIN_MINUTES },
    { timeoutMinutes: 100_000, most: 100_000 + TIMEOUT_MARGIN_MINUTES },
    { timeoutMinutes: 1e300, most: SERVICE_TIMEOUT_MINUTES + TIMEOUT_MARGIN_MINUTES },
  ])('is at most $most min for a timeout of $timeoutMinutes', ({ timeoutMinutes, most }) => {
    const since = (minutes: number) =>
      estimateMinutes(
        { counters: {}, runningSince: NOW - minutes * MINUTE, billing: 'metered', timeoutMinutes },
        NOW,
      ).total;

    expect([since(most - 1), since(most), since(most + 1)]).toEqual([most - 1, most, most]);
  });

  it.each([
    { counter: 69.99, estimate: 69.99 },
    { counter: 70, estimate: 70 },
    { counter: 70.01, estimate: 70 },
    { counter: 5_000, estimate: 70 },
    { counter: 1e300, estimate: 70 },
  ])('does not believe a counter that its timeout rules out: $counter', ({ counter, estimate }) => {
    const counters = { total: counter, metered: counter };
    const work = {
      counters,
      runningSince: NOW - 5 * MINUTE,
      billing: 'metered',
      timeoutMinutes: 60,
    } as const;

    expect(estimateMinutes(work, NOW)).toEqual(metered(estimate));
  });

  it('is never negative, never above timeout and margin, and never sinks as time passes', () => {
    fc.assert(
      fc.property(work, fc.nat(10_000 * MINUTE), (work, later) => {
        const first = estimateMinutes(work, NOW);
        const second = estimateMinutes(work, NOW + later);

        for (const kind of ['total', 'metered', 'unmetered'] as const) {
          expect(first[kind]).toBeGreaterThanOrEqual(0);
          expect(second[kind]).toBeGreaterThanOrEqual(first[kind]);
          expect(second[kind]).toBeLessThanOrEqual(timeoutOf(work) + TIMEOUT_MARGIN_MINUTES);
        }
      }),
    );
  });

  it('never makes money of unmetered work, nor free minutes of other work', () => {
    fc.assert(
      fc.property(work, (work) => {
        const { metered, unmetered } = estimateMinutes(work, NOW);

        expect(work.billing === 'unmetered' ? metered : unmetered).toBe(0);
      }),
    );
  });
});

describe('the minutes of ended work by its own clock', () => {
  it.each([
    {
      what: 'metered',
      work: { started: NOW - 20 * MINUTE, stopped: NOW - 5 * MINUTE },
      minutes: metered(15),
    },
    { what: 'without a start', work: { stopped: NOW }, minutes: NO_MINUTES },
    { what: 'without an end', work: { started: NOW }, minutes: NO_MINUTES },
    { what: 'with an end before its start', work: { started: NOW, stopped: NOW - 1 }, minutes: NO_MINUTES },
    {
      what: 'with a longer timeout than the default',
      work: { started: NOW - 300 * MINUTE, stopped: NOW, timeoutMinutes: 400 },
      minutes: metered(300),
    },
  ])('are its time from start to end: $what', ({ work, minutes }) => {
    expect(elapsedMinutes(work, 'metered')).toEqual(minutes);
  });

  it('are not money when it was unmetered', () => {
    const minutes = elapsedMinutes({ started: NOW - 20 * MINUTE, stopped: NOW }, 'unmetered');

    expect(minutes).toEqual({ total: 20, metered: 0, unmetered: 20 });
  });
});

describe('what work can still use before its timeout', () => {
  it.each([
    { status: 'PENDING', timeoutMinutes: 60, used: 0, remaining: 60 },
    { status: 'PENDING', timeoutMinutes: undefined, used: 0, remaining: 150 },
    { status: 'PENDING', timeoutMinutes: 0, used: 0, remaining: 150 },
    { status: 'PREPARING', timeoutMinutes: 60, used: 0, remaining: 60 },
    { status: 'RUNNING', timeoutMinutes: 60, used: 45, remaining: 15 },
    { status: 'RUNNING', timeoutMinutes: 60, used: 70, remaining: 0 },
    { status: 'STOPPING', timeoutMinutes: 60, used: 20, remaining: 10 },
    { status: 'STOPPING', timeoutMinutes: 60, used: 55, remaining: 5 },
    { status: 'PROCESSING', timeoutMinutes: 60, used: 20, remaining: 10 },
    { status: 'COMPLETED', timeoutMinutes: 60, used: 20, remaining: 0 },
    { status: 'DANCING', timeoutMinutes: 60, used: 20, remaining: 40 },
  ])('is $remaining of $status work after $used of $timeoutMinutes min', (facts) => {
    const { status, timeoutMinutes, used, remaining } = facts;

    const result = remainingMinutes(item({ status, timeoutMinutes, minutes: metered(used) }));

    expect(result).toEqual(metered(remaining));
  });

  it('is never money where the work is unmetered, and always where that is not known', () => {
    fc.assert(
      fc.property(billing, fc.nat(200), (billing, used) => {
        const minutes =
          billing === 'unmetered' ? { total: used, metered: 0, unmetered: used } : metered(used);

        const result = remainingMinutes(item({ billing, minutes }));

        expect(result.metered).toBe(billing === 'unmetered' ? 0 : Math.max(0, 150 - used));
        expect(result.total).toBe(result.metered + result.unmetered);
      }),
    );
  });
});
