import { UsageError } from './usage-error.ts';

/**
 * Checks a day as it is typed, such as 2026-11-23.
 * @throws UsageError
 */
export function utcDay(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // A day that does not exist, such as 2026-02-30, comes back as another one or not at all.
  if (!Number.isNaN(at) && new Date(at).toISOString().startsWith(text)) return text;
  throw new UsageError(`day "${text}" is not a day; write it like 2026-11-23 (UTC)`);
}
