import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInstant, utcDay } from '../lambda/time.ts';

describe('parseInstant', () => {
  it.each([
    ['2026-12-01T00:00:00Z', Date.UTC(2026, 11, 1)],
    ['2026-12-01T00:00Z', Date.UTC(2026, 11, 1)],
    ['2026-12-01T02:30:00.5+02:30', Date.UTC(2026, 11, 1, 0, 0, 0, 500)],
    ['2028-02-29T23:59:59Z', Date.UTC(2028, 1, 29, 23, 59, 59)],
  ])('reads %s', (text, expected) => {
    const at = parseInstant(text);

    expect(at).toBe(expected);
  });

  it.each([
    '',
    'tomorrow',
    '2026-12-01',
    '2026-12-01T00:00:00',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-12-01T24:00:00Z',
    '2026-12-01T00:00:00Z ',
    '1764547200000',
  ])('refuses %j', (text) => {
    const at = parseInstant(text);

    expect(at).toBeUndefined();
  });

  it('reads every time as it is written', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2999-12-31'), noInvalidDate: true }), (date) => {
        expect(parseInstant(date.toISOString())).toBe(date.getTime());
      }),
    );
  });
});

describe('utcDay', () => {
  it.each([
    ['2026-11-27T00:00:00.000Z', '2026-11-27'],
    ['2026-11-26T23:59:59.999Z', '2026-11-26'],
    ['2026-11-27T00:30:00+02:00', '2026-11-26'],
  ])('is the day in UTC: of %s it is %s', (at, day) => {
    expect(utcDay(Date.parse(at))).toBe(day);
  });
});
