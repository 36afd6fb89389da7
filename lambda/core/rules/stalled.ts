import type { StalledRule } from '../policy/schema.ts';
import { formatMinutesApart } from '../spend/money.ts';
import type { WorkItem } from '../work-item.ts';
import { compare, type Finding, notApplicable } from './finding.ts';

/**
 * A job RUNNING of which no counter, of tests or of device minutes, has moved for `maxMinutes`. In every public sample the
 * counters of jobs in flight stay at zero, so standing still says something only of a job that has been seen to move: until a
 * counter of it has risen while it was RUNNING, the rule does not apply. Sessions have no tests that could stall.
 */
export function stalled(rule: StalledRule, item: WorkItem, now: number): Finding {
  if (item.kind === 'session') return notApplicable('is a session; it has no tests that could stall');
  if (item.status !== 'RUNNING') return notApplicable(`is ${item.status || 'without a status'}, not RUNNING`);
  if (!item.progress?.rose) return notApplicable('has not been seen to move a counter while RUNNING');
  const still = Math.max(0, (now - item.progress.since) / 60_000);
  const [shown, limit] = formatMinutesApart(still, rule.maxMinutes);
  return compare(
    still,
    rule.maxMinutes,
    `no counter moved for ${shown} on ${item.device}; limit ${limit} (rule ${rule.id})`,
  );
}
