import { z } from 'zod';
import { WEEKDAYS } from '../weekly-hours.ts';
import { ianaZone, ZONE_ALLOWED } from './fields.ts';
import { ruleKeys } from './rule-keys.ts';

const weeklyHours = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS).describe('A day of the week.'))
      .min(1)
      .max(7)
      .default([...WEEKDAYS])
      .describe('Days on which the hours begin; every day when left out.'),
    from: z
      .string()
      .regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/)
      .meta({
        description: 'When the hours begin, by the clock on the wall.',
        allowed: 'a time of day such as "07:00"',
      }),
    to: z
      .string()
      .regex(/^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/)
      .meta({
        description: 'When they end; at or before from: on the next day.',
        allowed: 'a time of day such as "20:00", or "24:00"',
      }),
  })
  .describe('Hours of some days of the week.');

/** When work may be in flight. */
export const windowSchema = z
  .strictObject({
    ...ruleKeys,
    type: z.literal('window').describe('The kind of rule.'),
    allow: z.array(weeklyHours).min(1).max(50).describe('Hours of the week in which work may be in flight.'),
    timezone: ianaZone.optional().meta({
      description: 'IANA time zone of the hours; that of the policy when left out.',
      allowed: ZONE_ALLOWED,
    }),
    graceMinutes: z
      .number()
      .nonnegative()
      .max(1_440)
      .default(0)
      .describe('Minutes after the hours have ended until work is over.'),
  })
  .meta({ title: 'window', description: 'Queued or started outside the allowed hours of the week.' });
