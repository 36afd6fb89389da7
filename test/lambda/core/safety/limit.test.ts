import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limit } from '../../../../lambda/core/safety/limit.ts';

const never = () => false;

describe('limit', () => {
  it('lets the best-ranked through for which there is room, and holds the rest in its rank', () => {
    const result = limit(['a', 'b', 'c', 'd'], { places: 2, isFree: never });

    expect(result).toEqual({ now: ['a', 'b'], held: ['c', 'd'] });
  });

  it('holds nothing when there is just enough room', () => {
    const result = limit(['a', 'b'], { places: 2, isFree: never });

    expect(result).toEqual({ now: ['a', 'b'], held: [] });
  });

  it('lets through what needs no place, whatever its rank, without taking one', () => {
    const result = limit(['a', 'free', 'b', 'c', 'free'], { places: 1, isFree: (stop) => stop === 'free' });

    expect(result).toEqual({ now: ['a', 'free', 'free'], held: ['b', 'c'] });
  });

  it('lets through all that it can and nothing more, loses none, and never prefers a lower rank', () => {
    const ranked = fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { maxLength: 30 });
    fc.assert(
      fc.property(ranked, fc.nat(35), fc.integer({ min: 1, max: 5 }), (stops, places, every) => {
        const isFree = (stop: number) => stop % every === 0 && every > 1;

        const { now, held } = limit(stops, { places, isFree });

        const bound = now.filter((stop) => !isFree(stop));
        expect([...now, ...held].toSorted()).toEqual([...stops].toSorted());
        expect(bound).toEqual(stops.filter((stop) => !isFree(stop)).slice(0, places));
        expect(held.some(isFree)).toBe(false);
      }),
    );
  });
});
