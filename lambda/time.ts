import { tzOffset } from '@date-fns/tz/tzOffset';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Time as adapters need it: injected, so that tests move a virtual clock. */
export interface Time {
  /** Epoch milliseconds. */
  now(): number;
  sleep(ms: number): Promise<unknown>;
  /** A signal that is aborted after `ms` milliseconds: it ends a call that hangs. */
  timeout(ms: number): AbortSignal;
}

/** How long the current invocation may still run. */
export interface Deadline {
  /** Milliseconds until the function is ended from outside. */
  msLeft(): number;
}

/** `2026-11-27T12:00:00.000Z`. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** The UTC day of a moment, such as `2026-11-27`. */
export function utcDay(at: number): string {
  return iso(at).slice(0, 10);
}

/** What the clocks of an IANA zone show at `at`, as milliseconds since they showed 1970-01-01 00:00. */
export function localTime(at: number, timezone: string): number {
  return at + tzOffset(timezone, new Date(at)) * MINUTE;
}

const ISO =
  /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

/** What a time must look like in messages and tags. */
export const INSTANT_HELP = 'an ISO 8601 time with an offset, such as "2030-01-01T00:00:00Z"';

/** Epoch milliseconds of an ISO 8601 time with its offset; `undefined` for anything else, such as 30 February. */
export function parseInstant(text: string): number | undefined {
  const day = ISO.exec(text)?.[1];
  if (day === undefined) return undefined;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // The engine takes 30 February for 2 March.
  if (Number.isNaN(midnight) || !iso(midnight).startsWith(day)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** The clock of the machine. */
export const REAL_TIME: Time = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  timeout: (ms) => AbortSignal.timeout(ms),
};
