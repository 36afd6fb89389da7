import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hoursText,
  touchesHours,
  WEEKDAYS,
  type WeeklyHours,
  weekdayAndTime,
} from '../../lambda/policy/weekly-hours.ts';
import { DAY } from '../../lambda/time.ts';

const WEEK = 7 * DAY;
const office: WeeklyHours = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '07:00', to: '20:00' };
const night: WeeklyHours = { days: ['fri'], from: '22:00', to: '06:00' };
const wholeDay: WeeklyHours = { days: ['sun'], from: '00:00', to: '24:00' };

/** 2026-11-23 is a Monday. */
const local = (text: string) => Date.parse(`${text}Z`);
const isOpen = (hours: readonly WeeklyHours[], at: number) => touchesHours(hours, at, at);

const time = fc
  .integer({ min: 0, max: 1_439 })
  .map((at) => `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`);
const anyHours = fc.record({
  days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
  from: time,
  to: fc.oneof(time, fc.constant('24:00')),
});

describe('touchesHours', () => {
  it.each([
    [office, '2026-11-23T06:59:59.999', false],
    [office, '2026-11-23T07:00:00', true],
    [office, '2026-11-23T19:59:59.999', true],
    [office, '2026-11-23T20:00:00', false],
    [office, '2026-11-28T12:00:00', false],
    [night, '2026-11-27T21:59:00', false],
    [night, '2026-11-27T22:00:00', true],
    [night, '2026-11-28T05:59:59.999', true],
    [night, '2026-11-28T06:00:00', false],
    [night, '2026-11-27T05:00:00', false],
    [wholeDay, '2026-11-28T23:59:59.999', false],
    [wholeDay, '2026-11-29T00:00:00', true],
    [wholeDay, '2026-11-29T23:59:59.999', true],
    [wholeDay, '2026-11-30T00:00:00', false],
  ])('of %o at %s is %s', (hours, at, open) => {
    const result = isOpen([hours], local(at));

    expect(result).toBe(open);
  });

  it('is so for a stretch when it is so for a moment of it', () => {
    const friday = local('2026-11-27T20:00:00');

    const results = [
      touchesHours([office], friday - 1, friday + WEEK / 7),
      touchesHours([office], friday, friday + WEEK / 7),
    ];

    expect(results).toEqual([true, false]);
  });

  it('repeats every week, and gains by every further hours', () => {
    const moments = fc.integer({ min: -4 * WEEK, max: 4_000 * WEEK });
    fc.assert(
      fc.property(anyHours, anyHours, moments, (one, other, at) => {
        const open = isOpen([one], at);

        expect(isOpen([one], at + WEEK)).toBe(open);
        expect(isOpen([one, other], at)).toBe(open || isOpen([other], at));
      }),
    );
  });

  it('leaves exactly the rest of the time to the hours from its end to its beginning', () => {
    const days = [...WEEKDAYS];
    fc.assert(
      fc.property(time, time, fc.nat(WEEK), (from, to, at) => {
        fc.pre(from !== to);

        const results = [isOpen([{ days, from, to }], at), isOpen([{ days, from: to, to: from }], at)];

        expect(results.toSorted()).toEqual([false, true]);
      }),
    );
  });
});

describe('the words for hours', () => {
  it.each<[readonly WeeklyHours[], string]>([
    [[office], 'mon-fri 07:00-20:00'],
    [[{ ...office, days: [...WEEKDAYS] }], 'mon-sun 07:00-20:00'],
    [[{ ...office, days: ['fri', 'mon', 'tue'] }], 'mon, tue, fri 07:00-20:00'],
    [[office, night], 'mon-fri 07:00-20:00 and fri 22:00-06:00'],
    [[{ ...office, days: ['sun', 'mon', 'wed', 'thu', 'fri'] }], 'mon, wed-fri, sun 07:00-20:00'],
  ])('%j are "%s"', (hours, text) => {
    expect(hoursText(hours)).toBe(text);
  });

  it.each([
    ['2026-11-23T00:00:00', 'mon 00:00'],
    ['2026-11-29T23:59:59', 'sun 23:59'],
    ['1970-01-01T09:05:00', 'thu 09:05'],
  ])('%s is %s', (at, text) => {
    expect(weekdayAndTime(local(at))).toBe(text);
  });
});
