import { TZDate } from '@date-fns/tz/date';
import { addDays } from 'date-fns/addDays';
import { addMonths } from 'date-fns/addMonths';
import { startOfDay } from 'date-fns/startOfDay';
import { startOfISOWeek } from 'date-fns/startOfISOWeek';
import { startOfMonth } from 'date-fns/startOfMonth';
import { assertNever } from '../assert-never.ts';

export type PeriodKind = 'day' | 'week' | 'month';

/** One budget period: `[start, end)` in epoch milliseconds. */
export interface Period {
  readonly kind: PeriodKind;
  readonly start: number;
  readonly end: number;
  /** First day in the policy's time zone, such as 2026-11-23. */
  readonly label: string;
}

/** The period that holds the moment `at`. Periods begin at midnight in `timezone` (IANA), weeks on Monday. */
export function periodOf(kind: PeriodKind, at: number, timezone: string): Period {
  const first = firstDay(kind, new TZDate(at, timezone));
  return {
    kind,
    start: first.getTime(),
    end: next(kind, first).getTime(),
    label: first.toISOString().slice(0, 10),
  };
}

function firstDay(kind: PeriodKind, at: TZDate): TZDate {
  switch (kind) {
    case 'day':
      return startOfDay(at);
    case 'week':
      return startOfISOWeek(at);
    case 'month':
      return startOfMonth(at);
    default:
      return assertNever(kind);
  }
}

function next(kind: PeriodKind, first: TZDate): TZDate {
  return startOfDay(kind === 'month' ? addMonths(first, 1) : addDays(first, kind === 'week' ? 7 : 1));
}
