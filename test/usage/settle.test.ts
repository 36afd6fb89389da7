import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_MINUTES } from '../../lambda/money.ts';
import { HOUR, MINUTE } from '../../lambda/time.ts';
import {
  ESTIMATE_AFTER_HOURS,
  estimateErrorOf,
  finalMinutes,
  isUsage,
  LIFETIME_HOURS,
  SETTLE_MINUTES,
  settlement,
} from '../../lambda/usage/settle.ts';
import { metered, NOW, usage } from '../support/samples.ts';

const counters = metered(30);
const moment = fc.option(fc.integer({ min: NOW - 100 * HOUR, max: NOW }), { nil: undefined });
const anyWork = fc.record({
  counters: fc.constantFrom({}, { total: 30 }, metered(0), metered(30)),
  created: moment,
  stopped: moment,
  completedSince: moment,
});

function kindOf(result: ReturnType<typeof settlement>) {
  return typeof result === 'string' ? result : 'final';
}

describe('settling', () => {
  it.each([
    { ago: SETTLE_MINUTES * MINUTE - 1, kind: 'wait' },
    { ago: SETTLE_MINUTES * MINUTE, kind: 'final' },
  ])('takes counters as final $ago ms after the end: $kind', ({ ago, kind }) => {
    const results = [
      settlement({ counters, stopped: NOW - ago }, NOW),
      settlement({ counters, completedSince: NOW - ago }, NOW),
    ];

    expect(results.map(kindOf)).toEqual([kind, kind]);
  });

  it.each([
    { ago: ESTIMATE_AFTER_HOURS * HOUR - 1, kind: 'wait' },
    { ago: ESTIMATE_AFTER_HOURS * HOUR, kind: 'estimate' },
  ])('does without counters $ago ms after the end: $kind', ({ ago, kind }) => {
    expect(kindOf(settlement({ counters: { total: 30 }, stopped: NOW - ago }, NOW))).toBe(kind);
  });

  it.each([
    { counters, age: LIFETIME_HOURS * HOUR + SETTLE_MINUTES * MINUTE - 1, kind: 'wait' },
    { counters, age: LIFETIME_HOURS * HOUR + SETTLE_MINUTES * MINUTE, kind: 'final' },
    { counters: {}, age: (LIFETIME_HOURS + ESTIMATE_AFTER_HOURS) * HOUR - 1, kind: 'wait' },
    { counters: {}, age: (LIFETIME_HOURS + ESTIMATE_AFTER_HOURS) * HOUR, kind: 'estimate' },
  ])('knows by its age alone that old work has ended: $kind', ({ counters, age, kind }) => {
    expect(kindOf(settlement({ counters, created: NOW - age }, NOW))).toBe(kind);
  });

  it.each([
    {
      what: 'the reported end before anything else',
      work: { counters, created: NOW - 100 * HOUR, completedSince: NOW - 50 * HOUR, stopped: NOW - MINUTE },
      kind: 'wait',
    },
    {
      what: 'the first sight of its end where that is earlier than its age proves',
      work: { counters: {}, created: NOW - 40 * HOUR, completedSince: NOW - 24 * HOUR },
      kind: 'estimate',
    },
    { what: 'nothing while nobody knows when it ended', work: { counters }, kind: 'wait' },
  ])('goes by $what', ({ work, kind }) => {
    expect(kindOf(settlement(work, NOW))).toBe(kind);
  });

  it('gives the counters as they are', () => {
    const minutes = { total: 1.38, metered: 0, unmetered: 1.13 };

    expect(settlement({ counters: minutes, stopped: NOW - HOUR }, NOW)).toEqual(minutes);
  });

  it('once done stays done as time passes, and always comes to an end', () => {
    fc.assert(
      fc.property(anyWork, fc.nat(100 * HOUR), (work, later) => {
        const known = { ...work, completedSince: work.completedSince ?? NOW };
        const first = settlement(known, NOW);
        const second = settlement(known, NOW + later);
        const last = settlement(known, NOW + 25 * HOUR);

        if (first !== 'wait') expect(second).toEqual(first);
        expect(kindOf(last)).toBe(Object.hasOwn(work.counters, 'metered') ? 'final' : 'estimate');
      }),
    );
  });
});

describe('final counters', () => {
  it.each([
    [
      { total: 83.35, metered: 75.69, unmetered: 0 },
      { total: 83.35, metered: 75.69, unmetered: 0 },
    ],
    [{ total: 5, metered: 5 }, metered(5)],
    [{ total: 0, metered: 0, unmetered: 0 }, NO_MINUTES],
    [{}, undefined],
    [{ total: 5 }, undefined],
    [{ metered: 5 }, undefined],
    [{ total: 5, unmetered: 5 }, undefined],
    [metered(1_000_000), metered(1_000_000)],
    [metered(1_000_001), undefined],
    [{ total: 5, metered: 5, unmetered: 1e300 }, undefined],
  ])('of %j are %j: absent is not zero, and what cannot be true is absent', (counters, minutes) => {
    expect(finalMinutes(counters)).toEqual(minutes);
  });
});

describe('the error of the estimates', () => {
  it('is summed with and without its sign, and leaves out what was never estimated', () => {
    const settled = [usage({ estimateError: 2.5 }), usage({ estimateError: -1 }), usage()];

    expect(estimateErrorOf(settled)).toEqual({ count: 2, minutes: 1.5, absoluteMinutes: 3.5 });
  });
});

describe('a stored value', () => {
  const minutes = { total: 1, metered: 1, unmetered: 0 };
  const whole = {
    arn: 'a',
    kind: 'run',
    project: { arn: 'p', name: 'mobile' },
    created: 1,
    minutes,
    remaining: minutes,
    basis: 'final',
  };

  it.each([
    whole,
    { ...whole, kind: 'session' },
    { ...whole, remaining: undefined },
    { ...whole, basis: 'estimated' },
    { ...whole, basis: 'inFlight' },
  ])('is a usage: %o', (value) => {
    expect(isUsage(value)).toBe(true);
  });

  it.each([
    undefined,
    'text',
    { ...whole, arn: 1 },
    { ...whole, kind: 'job' },
    { ...whole, project: 'mobile' },
    { ...whole, project: { arn: 1, name: 'mobile' } },
    { ...whole, project: { arn: 'p' } },
    { ...whole, created: Number.NaN },
    { ...whole, minutes: undefined },
    { ...whole, minutes: { ...minutes, total: 'many' } },
    { ...whole, minutes: { ...minutes, metered: Number.POSITIVE_INFINITY } },
    { ...whole, minutes: { total: 1, metered: 1 } },
    { ...whole, remaining: { total: 1 } },
    { ...whole, basis: 'guessed' },
  ])('is none when a member on which figures depend is odd: %o', (value) => {
    expect(isUsage(value)).toBe(false);
  });
});
