import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addMinutes,
  formatMinutes,
  formatMinutesApart,
  formatUsd,
  formatUsdApart,
  moneyFor,
} from '../lambda/money.ts';

const minutes = fc.double({ min: 0, max: 1_000_000, noNaN: true });
const price = fc.double({ min: 0, max: 1_000, noNaN: true });

describe('moneyFor', () => {
  it.each([
    { minutes: 0, price: 0.17, microUsd: 0 },
    { minutes: 1, price: 0.17, microUsd: 170_000 },
    { minutes: 75.69, price: 0.17, microUsd: 12_867_300 },
    { minutes: 60, price: 0, microUsd: 0 },
  ])('makes $microUsd micro-dollars of $minutes min at $price', ({ minutes, price, microUsd }) => {
    const money = moneyFor(minutes, price);

    expect(money).toBe(microUsd);
  });

  it('is whole, and never sinks with more minutes', () => {
    fc.assert(
      fc.property(minutes, minutes, price, (less, more, price) => {
        const [low, high] = [moneyFor(Math.min(less, more), price), moneyFor(Math.max(less, more), price)];

        expect(Number.isSafeInteger(low)).toBe(true);
        expect(low).toBeLessThanOrEqual(high);
      }),
    );
  });

  it('of parts is the money of the whole but for a rounding of half a micro-dollar each', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10_000_000 }), { maxLength: 100 }), (parts) => {
        const sum = parts.reduce((sum, part) => sum + moneyFor(part / 100, 0.17), 0);
        const whole = moneyFor(parts.reduce((sum, part) => sum + part, 0) / 100, 0.17);

        expect(Math.abs(sum - whole)).toBeLessThanOrEqual(parts.length / 2);
      }),
    );
  });
});

describe('addMinutes', () => {
  it('adds each kind of minutes by itself, without the drift of binary fractions', () => {
    const sum = addMinutes(
      { total: 0.3, metered: 0.1, unmetered: 0.1 },
      { total: 0.6, metered: 0.2, unmetered: 0.2 },
    );

    expect(sum).toEqual({ total: 0.9, metered: 0.3, unmetered: 0.3 });
  });
});

describe('formatUsd', () => {
  it.each([
    [0, '$0.00'],
    [4_999, '$0.00'],
    [5_001, '$0.01'],
    [12_867_300, '$12.87'],
    [999_999, '$1.00'],
    [1_234_567_890_000, '$1234567.89'],
  ])('writes %d micro-dollars as %s', (microUsd, text) => {
    expect(formatUsd(microUsd)).toBe(text);
  });
});

describe('formatMinutes', () => {
  it.each([
    [0, '0 min'],
    [0.04, '0 min'],
    [0.05, '0.1 min'],
    [9.94, '9.9 min'],
    [9.96, '10 min'],
    [10, '10 min'],
    [10.4, '10 min'],
    [74.5, '75 min'],
    [300, '300 min'],
  ])('writes %d as %s', (minutes, text) => {
    expect(formatMinutes(minutes)).toBe(text);
  });
});

describe('two figures in one sentence', () => {
  it.each([
    [75, 60, '75 min', '60 min'],
    [60, 60, '60 min', '60 min'],
    [60.3, 60, '60.3 min', '60 min'],
    [59.7, 60, '59.7 min', '60 min'],
    [60 + 1 / 60_000, 60, '60.00002 min', '60 min'],
    [10.04, 9.96, '10.04 min', '9.96 min'],
    [0.02, 0.01, '0.02 min', '0.01 min'],
    [60.000_000_1, 60, '60.0000001 min', '60 min'],
  ])('writes %d and %d min as %s and %s', (a, b, one, other) => {
    expect(formatMinutesApart(a, b)).toEqual([one, other]);
  });

  it.each([
    [52_100_000, 50_000_000, '$52.10', '$50.00'],
    [50_000_000, 50_000_000, '$50.00', '$50.00'],
    [50_004_000, 50_000_000, '$50.004', '$50.000'],
    [50_000_001, 50_000_000, '$50.000001', '$50.000000'],
  ])('writes %d and %d micro-dollars as %s and %s', (a, b, one, other) => {
    expect(formatUsdApart(a, b)).toEqual([one, other]);
  });

  const near = fc.oneof(minutes, fc.integer({ min: 0, max: 100 }));

  it('shows the larger of two durations as the larger, and equal ones as equal', () => {
    fc.assert(
      fc.property(near, fc.oneof(near, fc.double({ min: 0, max: 0.5, noNaN: true })), (base, more) => {
        const [a, b] = formatMinutesApart(base + more, base).map(Number.parseFloat);

        expect(Math.sign((a ?? 0) - (b ?? 0))).toBe(Math.sign(base + more - base));
      }),
    );
  });

  it('shows the larger of two amounts as the larger, and equal ones as equal', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), fc.nat(20_000), (base, more) => {
        const [a, b] = formatUsdApart(base + more, base).map((text) => Number(text.slice(1)));

        expect(Math.sign((a ?? 0) - (b ?? 0))).toBe(Math.sign(more));
      }),
    );
  });
});
