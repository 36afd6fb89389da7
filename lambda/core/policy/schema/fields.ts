import { z } from 'zod';
import { isTimeZone } from '../time-zone.ts';

/** Name of an entry of a list. */
export const id = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/)
  .meta({
    description: 'Name of this entry, unique in its list. It stands in every audit record.',
    allowed: 'lower-case letters, digits and inner dashes, 1 to 64 long',
  });

/** Names as a person writes them, one of which must match. */
export const globs = z
  .array(
    z.string().min(1).max(256).describe('A name, with * for any text and ? for one character. Case matters.'),
  )
  .min(1)
  .max(50);

/** A moment, in any offset. */
export const instant = z.iso.datetime({ offset: true }).meta({
  allowed: 'an ISO 8601 time with an offset, such as "2026-12-01T00:00:00Z"',
});

/** A duration in minutes, above 0. */
export const minutes = z.number().positive().max(100_000);

/**
 * A duration in hours. At most 31 days: the audit trail keeps what people asked for at least a day longer than it can
 * hold.
 */
export const hours = z.number().positive().max(744);

/** Whether stops are only recorded, or made. */
export const mode = z.enum(['observe', 'enforce']);

/** The name of a time zone that this machine knows. */
export const ianaZone = z.string().refine(isTimeZone);

/** What is allowed where a time zone stands. */
export const ZONE_ALLOWED = 'an IANA time zone such as UTC or Europe/Berlin';
