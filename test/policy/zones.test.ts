import { describe, expect, it } from 'vitest';
import { isTimeZone, timeZoneNames } from '../../lambda/policy/zones.ts';

describe('time zones', () => {
  it.each([
    ['UTC', true],
    ['Europe/Berlin', true],
    ['Etc/GMT+1', true],
    ['Europe/Berln', false],
    ['+01:00', false],
    ['', false],
  ])('are IANA names that this machine knows: %j is %j', (text, expected) => {
    expect(isTimeZone(text)).toBe(expected);
  });

  it('are suggested by their names, UTC among them', () => {
    expect(timeZoneNames()).toEqual(expect.arrayContaining(['UTC', 'Europe/Berlin', 'Asia/Tokyo']));
  });
});
