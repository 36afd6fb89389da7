import { UsageError } from './usage-error.ts';

/**
 * The UTC days of a month as it is typed, such as 2026-11.
 * @throws UsageError
 */
export function daysOfMonth(text: string): readonly string[] {
  const [, year = '', month = ''] = /^(\d{4})-(\d{2})$/.exec(text) ?? [];
  if (Number(month) < 1 || Number(month) > 12)
    throw new UsageError(`month "${text}" is not a month; write it like 2026-11 (UTC)`);
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Array.from({ length: days }, (_, index) => `${text}-${String(index + 1).padStart(2, '0')}`);
}
