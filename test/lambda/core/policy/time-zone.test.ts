import { describe, expect, it } from 'vitest';
import { isTimeZone, timeZoneNames } from '../../../../lambda/core/policy/time-zone.ts';

describe('isTimeZone', () => {
  it.each([
    ['UTC', true],
    ['Europe/Berlin', true],
    ['America/Argentina/Buenos_Aires', true],
    ['', false],
    ['Berlin', false],
    ['Europe/Berln', false],
    ['+01:00', false],
    ['-0800', false],
    ['Europe/Berlin ', false],
  ])('says of %j: %j', (text, expected) => {
    const result = isTimeZone(text);

    expect(result).toBe(expected);
  });

  it('holds for every name that is suggested', () => {
    const strangers = timeZoneNames().filter((name) => !isTimeZone(name));

    expect(strangers).toEqual([]);
    expect(timeZoneNames()).toContain('UTC');
  });
});
