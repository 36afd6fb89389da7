import { tzOffset } from '@date-fns/tz/tzOffset';

/** What the clocks of an IANA zone show at `at` (epoch milliseconds), as milliseconds since they showed 1970-01-01 00:00. */
export function localTime(at: number, timezone: string): number {
  return at + tzOffset(timezone, new Date(at)) * 60_000;
}
