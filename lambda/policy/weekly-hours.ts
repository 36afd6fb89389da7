import { DAY, MINUTE } from '../time.ts';

/** Days of the week as a policy writes them, in their order. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Hours of some days of the week by the clock on the wall. `to` at or before `from` means the next day. */
export interface WeeklyHours {
  readonly days: readonly (typeof WEEKDAYS)[number][];
  /** `HH:MM`. */
  readonly from: string;
  /** `HH:MM`, exclusive; `24:00` is the end of the day. */
  readonly to: string;
}

/**
 * Whether any millisecond from `first` to `last` (both included) falls into the hours. Both are what one clock on the wall
 * shows, in milliseconds since it showed 1970-01-01 00:00.
 */
export function touchesHours(hours: readonly WeeklyHours[], first: number, last: number): boolean {
  // Hours that began the day before may still go on.
  for (let day = Math.floor(first / DAY) - 1; day * DAY <= last; day += 1) {
    const weekday = weekdayOf(day);
    for (const { days, from, to } of hours) {
      const start = day * DAY + timeOfDay(from);
      const end = day * DAY + timeOfDay(to) + (timeOfDay(to) <= timeOfDay(from) ? DAY : 0);
      if (days.includes(weekday) && start <= last && end > first) return true;
    }
  }
  return false;
}

/** `tue 21:30` for what a clock on the wall shows, in milliseconds since it showed 1970-01-01 00:00. */
export function weekdayAndTime(local: number): string {
  const minutes = Math.floor((local % DAY) / MINUTE);
  return `${weekdayOf(Math.floor(local / DAY))} ${twoDigits(minutes / 60)}:${twoDigits(minutes % 60)}`;
}

/** Hours in words: `mon-fri 07:00-20:00 and sat 09:00-12:00`. */
export function hoursText(hours: readonly WeeklyHours[]): string {
  return hours.map(({ days, from, to }) => `${daysText(days)} ${from}-${to}`).join(' and ');
}

/** Three days or more in a row are shown as the first and the last. */
function daysText(days: WeeklyHours['days']): string {
  const rows = WEEKDAYS.map((day) => (days.includes(day) ? day : ' '))
    .join('')
    .split(' ');
  return rows
    .filter((row) => row !== '')
    .map((row) => row.match(/.{3}/g) ?? [])
    .map((row) => (row.length > 2 ? `${row[0]}-${row.at(-1)}` : row.join(', ')))
    .join(', ');
}

/** Days are counted from 1970-01-01, a Thursday. */
function weekdayOf(day: number): WeeklyHours['days'][number] {
  return WEEKDAYS[(((day + 3) % 7) + 7) % 7] ?? 'mon';
}

function timeOfDay(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return (hours * 60 + minutes) * MINUTE;
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
