const ISO =
  /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

/** What a time must look like, for messages. */
export const INSTANT_HELP = 'an ISO 8601 time with an offset, such as "2026-12-01T00:00:00Z"';

/** Epoch milliseconds of an ISO 8601 time with its offset; `undefined` for anything else, days that no calendar has included. */
export function parseInstant(text: string): number | undefined {
  const day = ISO.exec(text)?.[1];
  if (day === undefined) return undefined;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // The engine takes 30 February for 2 March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
