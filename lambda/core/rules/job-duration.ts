import type { LimitRule } from '../policy/schema.ts';
import { formatMinutesApart } from '../spend/money.ts';
import type { WorkItem } from '../work-item.ts';
import { compare, type Finding, notApplicable } from './finding.ts';

/**
 * A job or session RUNNING longer than `maxMinutes`. Only RUNNING has a duration: waiting for a device and preparing
 * it are not the test's time.
 */
export function jobDuration(rule: LimitRule, item: WorkItem, now: number): Finding {
  if (item.status !== 'RUNNING') return notApplicable(`is ${item.status || 'without a status'}, not RUNNING`);
  if (item.runningSince === undefined) return notApplicable('does not say since when it is RUNNING');
  const ran = Math.max(item.minutes.total, (now - item.runningSince) / 60_000);
  const since = item.runningSinceSource === 'observed' ? ' since it was first seen RUNNING' : '';
  const [used, limit] = formatMinutesApart(ran, rule.maxMinutes);
  return compare(
    ran,
    rule.maxMinutes,
    `ran ${used}${since} on ${item.device}; limit ${limit} (rule ${rule.id})`,
  );
}
