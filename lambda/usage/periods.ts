import { assertNever } from '../text.ts';
import { DAY, localTime } from '../time.ts';

/** One budget period: `[start, end)` in epoch milliseconds. */
export interface Period {
  readonly kind: 'day' | 'week' | 'month';
  readonly start: number;
  readonly end: number;
  /** First day in the policy's time zone, such as 2026-11-23. */
  readonly label: string;
}

/**
 * The period that holds the moment `at`. Periods begin at midnight in `timezone` (IANA), weeks on Monday. Where the clocks
 * jump over midnight, the day begins with its first moment; where they show midnight twice, with the first of the two.
 */
export function periodOf(kind: Period['kind'], at: number, timezone: string): Period {
  const day = dayOf(at, timezone);
  const first = firstDay(kind, day);
  return {
    kind,
    start: beginning(first, timezone),
    end: beginning(firstDayAfter(kind, first), timezone),
    label: new Date(first * DAY).toISOString().slice(0, 10),
  };
}

// Days are counted from 1970-01-01, a Thursday, on the calendar: only `beginning` and `dayOf` know the zone. `Date`'s own
// local time is that of the machine, and dates built on it are wrong where the machine's clocks change.

function firstDay(kind: Period['kind'], day: number): number {
  switch (kind) {
    case 'day':
      return day;
    case 'week':
      return day - ((day + 3) % 7);
    case 'month':
      return day - new Date(day * DAY).getUTCDate() + 1;
    default:
      return assertNever(kind);
  }
}

function firstDayAfter(kind: Period['kind'], first: number): number {
  switch (kind) {
    case 'day':
      return first + 1;
    case 'week':
      return first + 7;
    case 'month': {
      const date = new Date(first * DAY);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / DAY;
    }
    default:
      return assertNever(kind);
  }
}

/** The day whose beginning is the last one up to `at`: clocks that go back over midnight do not bring a day back. */
function dayOf(at: number, timezone: string): number {
  const day = Math.floor(localTime(at, timezone) / DAY);
  return at < beginning(day + 1, timezone) ? day : day + 1;
}

/**
 * The first moment at which the clocks of the zone show `day` or a later day: midnight by one of the offsets around it. Since 1970
 * no zone has put its clocks from before midnight to after it.
 */
function beginning(day: number, timezone: string): number {
  const midnight = day * DAY;
  const offsets = [midnight - DAY, midnight + DAY].map((near) => localTime(near, timezone) - near);
  const earlier = midnight - Math.max(...offsets);
  return localTime(earlier, timezone) >= midnight ? earlier : midnight - Math.min(...offsets);
}
