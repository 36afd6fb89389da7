import { describe, expect, it } from 'vitest';
import { isAtRest, isOver, utcDayOf, utcDays, WRITING } from '../../../../lambda/core/spend/kept-day.ts';
import { hour, now } from '../samples.ts';

const day = Date.UTC(2026, 10, 24);
const end = day + 24 * hour;

describe('a UTC day', () => {
  it.each([
    { at: end - 1, over: false },
    { at: end, over: true },
  ])('is over when it is: $over at $at', ({ at, over }) => {
    expect(isOver(day, at)).toBe(over);
  });

  it.each([
    { at: end + WRITING - 1, rest: false },
    { at: end + WRITING, rest: true },
  ])('is at rest when what was begun before its end has arrived: $rest at $at', ({ at, rest }) => {
    expect(isAtRest(day, undefined, at)).toBe(rest);
  });

  it.each([
    { writtenUntil: now + 1, rest: false },
    { writtenUntil: now, rest: true },
    { writtenUntil: undefined, rest: true },
  ])('is not at rest while charges may be on their way: until $writtenUntil', ({ writtenUntil, rest }) => {
    const kept = { token: 't', ...(writtenUntil === undefined ? {} : { writtenUntil }) };

    expect(isAtRest(day, kept, now)).toBe(rest);
  });

  it.each([
    { from: day, to: day, days: [] },
    { from: day, to: day + 1, days: [day] },
    { from: end - 1, to: end + 1, days: [day, end] },
    { from: end - 1, to: end, days: [day] },
  ])('is one of those of a time: $from to $to', ({ from, to, days }) => {
    expect(utcDays(from, to)).toEqual(days);
    expect(days.every((one) => utcDayOf(one) === one)).toBe(true);
  });
});
