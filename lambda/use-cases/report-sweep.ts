import { digest } from '../core/digest.ts';
import type { SweepSummary } from '../core/sweep-summary.ts';
import type { AuditTrail, Log, MetricName, Metrics, Notifier } from '../ports.ts';
import { Problems } from './problems.ts';
import type { SweepFindings } from './sweep.ts';

/** ARNs that the audit record of a sweep keeps of each list; the counts are always whole. */
const MAX_ARNS = 50;

export interface ReportPorts {
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly notifier: Notifier;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Tells what a sweep did: one log line a decision that matters, metrics, the audit record, one digest. */
export async function reportSweep(
  ports: ReportPorts,
  summary: SweepSummary,
  findings: SweepFindings,
  now: number,
): Promise<void> {
  logDecisions(ports.log, findings);
  const untold = new Problems();
  await untold.during('sweep could not be recorded', record(ports.audit, summary, now), undefined);
  const published = publishDigest(ports.notifier, summary, findings);
  await untold.during('digest could not be published', published, undefined);
  for (const problem of untold.all) ports.log.error('report is not complete', { problem });
  ports.metrics.count(counts(summary, findings, untold.accessDenied));
  ports.log.info('sweep finished', { ...summary });
}

function logDecisions(log: Log, { decisions, results, problems, inventory }: SweepFindings): void {
  for (const { item, action, rule, reason, exemption } of decisions) {
    log.info('decision', {
      arn: item.arn,
      project: item.project.name,
      device: item.device,
      action,
      rule,
      reason,
      exemption,
    });
  }
  for (const result of results) log.info('outcome', { ...result });
  for (const problem of [...inventory.problems, ...problems]) log.warn('problem', { problem });
}

function counts(
  summary: SweepSummary,
  { results, inventory, overdue, accessDenied }: SweepFindings,
  untold: number,
): Readonly<Record<MetricName, number>> {
  const denied = results.filter((result) => result.kind === 'failed' && result.accessDenied).length;
  return {
    sweepsEnded: 1,
    partialSweeps: summary.partial ? 1 : 0,
    failedStops: summary.failed.length + overdue,
    accessDenied: denied + inventory.accessDenied + accessDenied + untold,
    stops: summary.stopped.length,
    wouldStop: summary.wouldStop.length,
    activeItems: summary.activeItems,
    estimateErrorMinutes: summary.estimateError.absoluteMinutes,
  };
}

async function record(audit: Pick<AuditTrail, 'add'>, summary: SweepSummary, now: number): Promise<void> {
  const at = new Date(now).toISOString();
  const { sweepId, mode, policyVersion, stopped, failed, problems } = summary;
  await audit.add({
    subject: `sweep#${at.slice(0, 10)}`,
    id: `${at}#${sweepId}`,
    event: 'SweepCompleted',
    actor: 'schedule',
    reason: `saw ${summary.activeItems} in flight in ${summary.projects} projects; stopped ${stopped.length}, failed ${failed.length}${summary.partial ? '; could not see everything' : ''}`,
    mode,
    policyVersion,
    sweepId,
    details: {
      counts: Object.fromEntries(
        Object.entries(summary).map(([key, value]) => [key, Array.isArray(value) ? value.length : value]),
      ),
      stopped: stopped.slice(0, MAX_ARNS),
      failed: failed.slice(0, MAX_ARNS).map(({ arn }) => arn),
      problems: problems.slice(0, 10),
    },
  });
}

/** One message a sweep, and only when something new was done: what merely goes on is in the metrics and their alarms. */
async function publishDigest(
  notifier: Notifier,
  summary: SweepSummary,
  findings: SweepFindings,
): Promise<void> {
  const stopped = findings.results.filter(({ kind }) => kind === 'stopped');
  const text = digest([
    { title: 'Stopped', lines: stopped.map((result) => lineOf(result, findings)) },
    {
      title: 'Would have stopped (observe mode)',
      lines: findings.newWouldStops.map(
        ({ item, reason }) => `${item.project.name}: ${reason}\n  ${item.arn}`,
      ),
    },
    ...(stopped.length > 0
      ? [
          { title: 'Failed', lines: summary.failed.map(({ arn, error }) => `${arn}: ${error}`) },
          { title: 'Held back', lines: summary.heldBack.map(({ arn, why }) => `${arn}: ${why}`) },
        ]
      : []),
  ]);
  if (text === undefined) return;
  const what =
    stopped.length > 0 ? `stopped ${stopped.length}` : `would stop ${findings.newWouldStops.length}`;
  await notifier.publish(
    `Device Farm auto-stop: ${what}`,
    `${text}\n\nSweep ${summary.sweepId}, policy ${summary.policyVersion}`,
  );
}

function lineOf({ arn }: { readonly arn: string }, { decisions }: SweepFindings): string {
  const decision = decisions.find(({ item }) => item.arn === arn);
  return `${decision?.item.project.name ?? ''}: ${decision?.reason ?? ''}\n  ${arn}`;
}
