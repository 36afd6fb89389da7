import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forecastOf } from '../../../../lambda/core/spend/forecast.ts';
import { periodOf } from '../../../../lambda/core/spend/period.ts';
import { hour, now } from '../samples.ts';

const day = periodOf('day', now, 'UTC');

describe('forecastOf', () => {
  it.each([
    { hours: 2.39, forecast: undefined },
    { hours: 2.4, forecast: 100 },
    { hours: 12, forecast: 20 },
    { hours: 23.99, forecast: 10.004168 },
    { hours: 24, forecast: undefined },
    { hours: 48, forecast: undefined },
    { hours: -1, forecast: undefined },
  ])('of 10 spent after $hours h of a day is $forecast', ({ hours, forecast }) => {
    const result = forecastOf(10, day, day.start + hours * hour);

    if (forecast === undefined) expect(result).toBeUndefined();
    else expect(result).toBeCloseTo(forecast, 5);
  });

  it('takes a day of 23 hours for what it is', () => {
    const spring = periodOf('day', Date.UTC(2027, 2, 28, 12), 'Europe/Berlin');

    expect(forecastOf(10, spring, spring.start + 11.5 * hour)).toBeCloseTo(20, 9);
  });

  it('is never below what is spent', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: day.start, max: day.end }), (spent, at) => {
        expect(forecastOf(spent, day, at) ?? spent).toBeGreaterThanOrEqual(spent);
      }),
    );
  });
});
