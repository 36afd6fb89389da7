import type { LimitRule } from '../policy/schema.ts';
import { formatMinutesApart } from '../spend/money.ts';
import type { WorkItem } from '../work-item.ts';
import { compare, type Finding, notApplicable } from './finding.ts';

/** All devices of one run together used more than `maxMinutes`: every job of the run that has not ended is over. */
export function runMinutes(rule: LimitRule, item: WorkItem): Finding {
  if (!item.run) return notApplicable('is a session; it belongs to no run');
  const { name, minutes, devices } = item.run;
  const [used, limit] = formatMinutesApart(minutes.total, rule.maxMinutes);
  const on = `${devices} ${devices === 1 ? 'device' : 'devices'}`;
  return compare(
    minutes.total,
    rule.maxMinutes,
    `run "${name}" used ${used} on ${on}; limit ${limit} (rule ${rule.id})`,
  );
}
