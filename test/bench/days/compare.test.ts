import { describe, expect, it } from 'vitest';
import { holds, isBetter, shareOf } from '../../../bench/days/compare.ts';
import type { DayResult } from '../../../bench/days/day-result.ts';
import { explainDay } from '../../../bench/days/explain-day.ts';
import type { Figures } from '../../../bench/days/figures.ts';

const NOTHING: Figures = {
  billed: 0,
  beyond: 0,
  cutShort: 0,
  hung: 0,
  ended: 0,
  withReruns: 0,
  killed: 0,
  cancelled: 0,
  stops: 0,
};

function dayWith(
  guard: Partial<Figures>,
  script: Partial<Figures>,
  part: Partial<DayResult> = {},
): DayResult {
  const [ours, theirs] = [
    { ...NOTHING, ...guard },
    { ...NOTHING, ...script },
  ];
  return {
    seed: 17,
    watching: 'spent',
    limitUsd: 50,
    maxStopsPerHour: 200,
    figures: { nobody: NOTHING, guard: ours, listingOrder: theirs, stopAll: theirs },
    ...part,
  };
}

describe('a day on which the guard does as well as a script', () => {
  it.each([
    { as: 'bills the same', guard: { billed: 50 }, script: { billed: 50 }, expected: true },
    { as: 'bills a cent more', guard: { billed: 50.01 }, script: { billed: 50 }, expected: true },
    { as: 'bills two cents more', guard: { billed: 50.02 }, script: { billed: 50 }, expected: false },
    { as: 'kills as many', guard: { killed: 2 }, script: { killed: 2 }, expected: true },
    { as: 'kills one more', guard: { killed: 3 }, script: { killed: 2 }, expected: false },
    {
      as: 'kills one more and bills less',
      guard: { killed: 3, billed: 1 },
      script: { killed: 2, billed: 9 },
      expected: false,
    },
  ])('$as: $expected', ({ guard, script, expected }) => {
    const held = holds(dayWith(guard, script), 'stopAll', 'billed');

    expect(held).toBe(expected);
  });

  it('is looked for by the measure that is asked for', () => {
    const day = dayWith({ billed: 60, withReruns: 80 }, { billed: 50, withReruns: 90 });

    const held = [holds(day, 'listingOrder', 'billed'), holds(day, 'listingOrder', 'withReruns')];

    expect(held).toEqual([false, true]);
  });

  it('counts in the share of the days', () => {
    const days = [dayWith({}, {}), dayWith({ killed: 1 }, {}), dayWith({}, {}), dayWith({}, {})];

    expect(shareOf(days, 'stopAll', 'billed')).toBe(0.75);
  });
});

describe('a day on which the guard does better', () => {
  it.each([
    { as: 'all is the same', guard: {}, script: {}, expected: false },
    { as: 'it bills a cent less', guard: { billed: 9.99 }, script: { billed: 10 }, expected: false },
    { as: 'it bills two cents less', guard: { billed: 9.98 }, script: { billed: 10 }, expected: true },
    { as: 'it kills one less', guard: { killed: 1 }, script: { killed: 2 }, expected: true },
    {
      as: 'it bills less and kills more',
      guard: { billed: 1, killed: 3 },
      script: { billed: 9, killed: 2 },
      expected: false,
    },
  ])('is one on which $as: $expected', ({ guard, script, expected }) => {
    expect(isBetter(dayWith(guard, script), 'listingOrder', 'billed')).toBe(expected);
  });
});

describe('the explanation of another day', () => {
  it('names the seed, the script and where the money went', () => {
    const day = dayWith({ billed: 60, hung: 30, ended: 30 }, { billed: 50, hung: 15, ended: 35 });

    const text = explainDay(day, 'listingOrder');

    expect(text).toContain('seed 17, against listing order: billed +$10.00 with a budget of $50');
    expect(text).toContain('hanging work +$15.00, cut short +$0.00, ended by itself -$5.00');
    expect(text).toContain('nobody could yet know to hang');
  });

  it.each([
    {
      why: 'the cap',
      day: dayWith({ billed: 60, stops: 21 }, { billed: 50 }, { maxStopsPerHour: 20 }),
      text: 'than the 20 stops of an hour',
    },
    { why: 'seconds', day: dayWith({ billed: 50.04 }, { billed: 50 }), text: 'some seconds longer' },
    {
      why: 'killed tests',
      day: dayWith({ billed: 60, killed: 4 }, { billed: 50, killed: 1 }),
      text: 'killed 3 more',
    },
    {
      why: 'tests that ended',
      day: dayWith({ billed: 60, ended: 60 }, { billed: 50, ended: 50 }),
      text: 'let tests end',
    },
    {
      why: 'tests cut short later',
      day: dayWith({ billed: 60, cutShort: 60 }, { billed: 50, cutShort: 50 }),
      text: 'had run longer',
    },
  ])('gives $why as the cause', ({ day, text }) => {
    expect(explainDay(day, 'stopAll')).toContain(text);
  });
});
