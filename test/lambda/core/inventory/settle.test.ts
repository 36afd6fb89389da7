import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ESTIMATE_AFTER_HOURS,
  LIFETIME_HOURS,
  SETTLE_MINUTES,
  settlement,
} from '../../../../lambda/core/inventory/settle.ts';
import { hour, metered, minute, now } from '../samples.ts';

const counters = metered(30);
const moment = fc.option(fc.integer({ min: now - 100 * hour, max: now }), { nil: undefined });
const anyWork = fc.record({
  counters: fc.constantFrom({}, { total: 30 }, metered(0), metered(30)),
  created: moment,
  stopped: moment,
  completedSince: moment,
});

describe('settlement', () => {
  it.each([
    { ago: SETTLE_MINUTES * minute - 1, kind: 'wait' },
    { ago: SETTLE_MINUTES * minute, kind: 'final' },
  ])('takes counters as final $ago ms after the end: $kind', ({ ago, kind }) => {
    const results = [
      settlement({ counters, stopped: now - ago }, now),
      settlement({ counters, completedSince: now - ago }, now),
    ];

    expect(results.map((result) => result.kind)).toEqual([kind, kind]);
  });

  it.each([
    { ago: ESTIMATE_AFTER_HOURS * hour - 1, kind: 'wait' },
    { ago: ESTIMATE_AFTER_HOURS * hour, kind: 'estimate' },
  ])('does without counters $ago ms after the end: $kind', ({ ago, kind }) => {
    const result = settlement({ counters: { total: 30 }, stopped: now - ago }, now);

    expect(result.kind).toBe(kind);
  });

  it.each([
    { counters, age: LIFETIME_HOURS * hour + SETTLE_MINUTES * minute - 1, kind: 'wait' },
    { counters, age: LIFETIME_HOURS * hour + SETTLE_MINUTES * minute, kind: 'final' },
    { counters: {}, age: (LIFETIME_HOURS + ESTIMATE_AFTER_HOURS) * hour - 1, kind: 'wait' },
    { counters: {}, age: (LIFETIME_HOURS + ESTIMATE_AFTER_HOURS) * hour, kind: 'estimate' },
  ])('knows by its age alone that old work has ended: $kind', ({ counters, age, kind }) => {
    const result = settlement({ counters, created: now - age }, now);

    expect(result.kind).toBe(kind);
  });

  it('goes by the reported end before anything else', () => {
    const result = settlement(
      { counters, created: now - 100 * hour, completedSince: now - 50 * hour, stopped: now - minute },
      now,
    );

    expect(result.kind).toBe('wait');
  });

  it('goes by the first sight of its end where that is earlier than its age tells', () => {
    const work = { counters: {}, created: now - 40 * hour, completedSince: now - 24 * hour };

    const result = settlement(work, now);

    expect(result.kind).toBe('estimate');
  });

  it('waits when nobody knows when it ended', () => {
    const result = settlement({ counters }, now);

    expect(result.kind).toBe('wait');
  });

  it('gives the counters as they are', () => {
    const result = settlement(
      { counters: { total: 1.38, metered: 0, unmetered: 1.13 }, stopped: now - hour },
      now,
    );

    expect(result).toEqual({ kind: 'final', minutes: { total: 1.38, metered: 0, unmetered: 1.13 } });
  });

  it('once done stays done as time passes', () => {
    fc.assert(
      fc.property(anyWork, fc.nat(100 * hour), (work, later) => {
        const known = { ...work, completedSince: work.completedSince ?? now };
        const first = settlement(known, now);

        const second = settlement(known, now + later);

        if (first.kind !== 'wait') expect(second).toEqual(first);
      }),
    );
  });

  it('always comes to an end', () => {
    fc.assert(
      fc.property(anyWork, (work) => {
        const result = settlement({ ...work, completedSince: work.completedSince ?? now }, now + 25 * hour);

        expect(result.kind).toBe(Object.hasOwn(work.counters, 'metered') ? 'final' : 'estimate');
      }),
    );
  });
});
