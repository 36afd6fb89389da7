import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMinutes, formatUsd, moneyFor } from '../../../../lambda/core/spend/money.ts';

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
    [10.4, '10 min'],
    [74.5, '75 min'],
    [300, '300 min'],
  ])('writes %d as %s', (minutes, text) => {
    expect(formatMinutes(minutes)).toBe(text);
  });
});
