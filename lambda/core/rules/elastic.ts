import { type Histories, historyKey } from '../inventory/run-history.ts';
import type { ElasticRule } from '../policy/schema.ts';
import { formatMinutes, formatMinutesApart } from '../spend/money.ts';
import type { WorkItem } from '../work-item.ts';
import { compare, type Finding, notApplicable } from './finding.ts';

/**
 * A job RUNNING longer than `percent` of the median of the last `of` successful jobs of the same run name and device, and never
 * less than `floorMinutes`. Without `minimumHistory` such jobs it does not apply: a few runs are no custom. Sessions have
 * no run name, and people no usual duration.
 */
export function elastic(rule: ElasticRule, item: WorkItem, histories: Histories, now: number): Finding {
  if (!item.run) return notApplicable('is a session; it belongs to no run');
  if (item.status !== 'RUNNING') return notApplicable(`is ${item.status || 'without a status'}, not RUNNING`);
  if (item.runningSince === undefined) return notApplicable('does not say since when it is RUNNING');
  const key = historyKey(item.project.arn, item.run.name, item.device);
  const history = (histories.get(key) ?? []).slice(-rule.of);
  const jobs = `successful ${history.length === 1 ? 'job' : 'jobs'} of run "${item.run.name}" on ${item.device}`;
  if (history.length < rule.minimumHistory) {
    return notApplicable(`has a history of ${history.length} ${jobs}; ${rule.minimumHistory} are needed`);
  }
  const usual = median(history);
  const limit = Math.max(rule.floorMinutes, (usual * rule.percent) / 100);
  const ran = Math.max(item.minutes.total, (now - item.runningSince) / 60_000);
  const [used, most] = formatMinutesApart(ran, limit);
  return compare(
    ran,
    limit,
    `ran ${used}; limit ${most}, from ${rule.percent} % of ${formatMinutes(usual)}, the median of ${history.length} ${jobs} (rule ${rule.id})`,
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? upper;
  return (lower + upper) / 2;
}
