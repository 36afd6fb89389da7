import type { LimitRule } from '../policy/schema.ts';
import { formatMinutesApart } from '../spend/money.ts';
import type { WorkItem } from '../work-item.ts';
import { compare, type Finding, notApplicable } from './finding.ts';

/** Queued longer than `maxMinutes` since it was created. Holds only while it is queued: started work is not stuck. */
export function queueAge(rule: LimitRule, item: WorkItem, now: number): Finding {
  if (item.phase !== 'queued') return notApplicable(`is ${item.status || 'without a status'}, not queued`);
  if (item.created === undefined) return notApplicable('does not say when it was created');
  const waited = (now - item.created) / 60_000;
  const [shown, limit] = formatMinutesApart(Math.max(0, waited), rule.maxMinutes);
  return compare(
    waited,
    rule.maxMinutes,
    `waited ${shown} for ${item.device} (${item.status}); limit ${limit} (rule ${rule.id})`,
    'queued',
  );
}
