import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freePlaces, stillTaken } from '../../../../lambda/core/safety/allowance.ts';
import { now } from '../samples.ts';

const taken = (places: number, until = now + 1) => ({ id: `${places}`, places, until });

describe('the places of the rolling hour', () => {
  it.each([
    { what: 'all that is wanted when there is room', others: [2, 3], wanted: 4, limit: 10, free: 4 },
    { what: 'what is left when there is not', others: [2, 3], wanted: 8, limit: 10, free: 5 },
    { what: 'none when all are taken', others: [10], wanted: 1, limit: 10, free: 0 },
    {
      what: 'none when the limit was lowered below what is taken',
      others: [10],
      wanted: 1,
      limit: 3,
      free: 0,
    },
  ])('give $what', ({ others, wanted, limit, free }) => {
    const places = freePlaces(
      others.map((one) => taken(one)),
      wanted,
      limit,
    );

    expect(places).toBe(free);
  });

  it.each([
    { what: 'taken until the last moment of its hour', until: now + 1, left: 1 },
    { what: 'free from then on', until: now, left: 0 },
  ])('are $what', ({ until, left }) => {
    expect(stillTaken([taken(1, until)], now)).toHaveLength(left);
  });

  it('are never more than the limit together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20), { maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        (wishes, limit) => {
          const all: ReturnType<typeof taken>[] = [];

          for (const wanted of wishes) all.push(taken(freePlaces(all, wanted, limit)));

          const sum = all.reduce((total, { places }) => total + places, 0);
          const wanted = wishes.reduce((total, wish) => total + wish, 0);
          expect(sum).toBe(Math.min(limit, wanted));
        },
      ),
    );
  });
});
