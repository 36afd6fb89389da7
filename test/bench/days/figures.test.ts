import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../../bench/days/figures.ts';
import type { Lived } from '../../../bench/days/lived.ts';

const terms = { limitUsd: 5, price: 0.1 };

function lived(arn: string, part: Partial<Lived> = {}): Lived {
  return {
    arn,
    kind: 'job',
    metered: true,
    endsWell: true,
    hangs: false,
    createdAt: 0,
    timeoutMinutes: 60,
    started: true,
    stopped: false,
    meteredMinutes: 20,
    ...part,
  };
}

const failing = { endsWell: false };
const hanging = { endsWell: false, hangs: true };
const alone = [
  lived('passes'),
  lived('killed'),
  lived('cancelled'),
  lived('fails', failing),
  lived('hangs', { ...hanging, meteredMinutes: 60 }),
];

describe('the figures of a day', () => {
  it('add up for what nobody stopped', () => {
    const figures = figuresOf(alone, alone, terms);

    expect(figures).toEqual({
      billed: 14,
      beyond: 9,
      cutShort: 0,
      hung: 6,
      ended: 8,
      withReruns: 14,
      killed: 0,
      cancelled: 0,
      stops: 0,
    });
  });

  it('tell killed from cancelled work, and count both again where it has to run again', () => {
    const stopped = [
      lived('passes'),
      lived('killed', { stopped: true, meteredMinutes: 5 }),
      lived('cancelled', { stopped: true, started: false, meteredMinutes: 0 }),
      lived('fails', { ...failing, stopped: true, meteredMinutes: 10 }),
      lived('hangs', { ...hanging, stopped: true, meteredMinutes: 15 }),
    ];

    const figures = figuresOf(stopped, alone, terms);

    expect(figures).toEqual({
      billed: 5,
      beyond: 0,
      cutShort: 1.5,
      hung: 1.5,
      ended: 2,
      withReruns: 11,
      killed: 1,
      cancelled: 1,
      stops: 4,
    });
  });

  it('are all of what is billed, apart from the reruns', () => {
    const { billed, cutShort, hung, ended } = figuresOf(alone, alone, terms);

    expect(cutShort + hung + ended).toBeCloseTo(billed, 9);
  });
});
