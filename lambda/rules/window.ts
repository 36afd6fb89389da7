import type { z } from 'zod';
import {
  hoursText,
  touchesHours,
  WEEKDAYS,
  type WeeklyHours,
  weekdayAndTime,
} from '../policy/weekly-hours.ts';
import { plain } from '../text.ts';
import { localTime, MINUTE } from '../time.ts';
import type { Fields, RuleType } from './rule.ts';

function schema({ rule, z, zone, ZONE_ALLOWED }: Fields) {
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
  return rule('window', 'Queued or started outside the allowed hours of the week.', {
    allow: z.array(weeklyHours).min(1).max(50).describe('Hours of the week in which work may be in flight.'),
    timezone: zone.optional().meta({
      description: 'IANA time zone of the hours; that of the policy when left out.',
      allowed: ZONE_ALLOWED,
    }),
    graceMinutes: z
      .number()
      .nonnegative()
      .max(1_440)
      .default(0)
      .describe('Minutes after the hours have ended until work is over.'),
  });
}

/**
 * Work in flight outside the allowed hours of the week, queued work and sessions too. The clocks of the zone decide: an hour that
 * daylight saving brings twice is allowed twice. `graceMinutes` are real minutes since the hours last ended.
 */
export const window = {
  type: 'window',
  isWatchedByBreaker: false,
  schema,
  describe: ({ allow, timezone, graceMinutes }) =>
    `work in flight outside ${hoursText(allow)}${timezone ? ` (${timezone})` : ''}${graceMinutes > 0 ? `, ${graceMinutes} min after the hours have ended` : ''}`,
  judge(rule, { now, timezone }) {
    const zone = rule.timezone ?? timezone;
    const verdict = wasOpen(rule, now, zone) ? 'within' : 'over';
    return (item) => {
      const reason = () => {
        const clock = `${weekdayAndTime(localTime(now, zone))} in ${zone}`;
        const grace = rule.graceMinutes > 0 ? ` and ${rule.graceMinutes} min after` : '';
        return `${item.status} on ${plain(item.device)} at ${clock}; allowed ${hoursText(rule.allow)}${grace} (rule ${rule.id})`;
      };
      return { verdict, reason, scope: 'any' };
    };
  },
} satisfies RuleType<z.output<ReturnType<typeof schema>>>;

/**
 * Whether the hours ended at most `graceMinutes` ago, or have not. The millisecond before the grace counts: hours that ended exactly
 * so long ago are at the limit, not above it.
 */
function wasOpen(
  { allow, graceMinutes }: { readonly allow: readonly WeeklyHours[]; readonly graceMinutes: number },
  now: number,
  zone: string,
): boolean {
  return stretches(now - graceMinutes * MINUTE - 1, now, zone).some(([first, last]) =>
    touchesHours(allow, localTime(first, zone), localTime(last, zone)),
  );
}

/** The time between two moments, in two parts where the clocks are changed. That is once at most: it is no longer than a day. */
function stretches(first: number, last: number, zone: string): readonly (readonly [number, number])[] {
  const offsetAt = (at: number) => localTime(at, zone) - at;
  const offset = offsetAt(first);
  if (offsetAt(last) === offset) return [[first, last]];
  let before = first;
  let after = last;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === offset) before = middle;
    else after = middle;
  }
  return [
    [first, before],
    [after, last],
  ];
}
