import type { WindowRule } from '../policy/schema.ts';
import { hoursText, touchesHours, weekdayAndTime } from '../policy/weekly-hours.ts';
import { localTime } from '../spend/local-time.ts';
import type { WorkItem } from '../work-item.ts';
import type { Finding } from './finding.ts';

const MINUTE = 60_000;

/**
 * Work in flight outside the allowed hours of the week, queued work and sessions too: a queue that starts at night is as
 * unwanted as a test that runs then. The clocks of the zone decide, by what they show: an hour that daylight saving brings
 * twice is allowed twice, one that it skips is not missed. `graceMinutes` are real minutes since the hours last ended.
 */
export function window(rule: WindowRule, item: WorkItem, now: number, zoneOfPolicy: string): Finding {
  const zone = rule.timezone ?? zoneOfPolicy;
  const clock = `${weekdayAndTime(localTime(now, zone))} in ${zone}`;
  const grace = rule.graceMinutes > 0 ? ` and ${rule.graceMinutes} min after` : '';
  const reason = `${item.status} on ${item.device} at ${clock}; allowed ${hoursText(rule.allow)}${grace} (rule ${rule.id})`;
  return wasOpen(rule, now, zone) ? { verdict: 'within', reason } : { verdict: 'over', reason, only: 'any' };
}

/**
 * Whether the hours ended at most `graceMinutes` ago, or have not. The millisecond before the grace counts: hours that
 * ended exactly so long ago are at the limit, not above it.
 */
function wasOpen({ allow, graceMinutes }: WindowRule, now: number, zone: string): boolean {
  return stretches(now - graceMinutes * MINUTE - 1, now, zone).some(([first, last]) =>
    touchesHours(allow, localTime(first, zone), localTime(last, zone)),
  );
}

/** The time between two moments, cut where the clocks are changed; at most once, as it is no longer than a day. */
function stretches(first: number, last: number, zone: string): readonly (readonly [number, number])[] {
  const offset = offsetAt(first, zone);
  if (offsetAt(last, zone) === offset) return [[first, last]];
  let before = first;
  let after = last;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle, zone) === offset) before = middle;
    else after = middle;
  }
  return [
    [first, before],
    [after, last],
  ];
}

function offsetAt(at: number, zone: string): number {
  return localTime(at, zone) - at;
}
