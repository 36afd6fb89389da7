import { endedLines } from '../../core/lessons/ended-lines.ts';
import type { Lesson } from '../../core/lessons/lesson.ts';
import { digest } from '../../core/report/digest.ts';
import type { SweepSummary } from '../../core/report/sweep-summary.ts';
import type { Hold } from '../../core/safety/hold.ts';
import type { AuditTrail, Log, MetricName, Metrics, Notifier, Tellings } from '../../ports.ts';
import { Problems } from '../problems.ts';
import type { ActResult } from '../stop/act.ts';
import { tellOnce } from '../telling/tell-once.ts';
import type { SweepFindings } from './sweep-findings.ts';

/** ARNs that the audit record of a sweep keeps of each list; the counts are always whole. */
const MAX_ARNS = 50;
/** Rules of which it keeps the rate of false stops. */
const MAX_RULES = 50;

export interface ReportPorts {
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly notifier: Notifier;
  readonly tellings: Tellings;
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
  const published = publishDigest(ports, summary, findings, now);
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
  { results, inventory, overdue, escalated, accessDenied }: SweepFindings,
  untold: number,
): Readonly<Record<MetricName, number>> {
  const denied = results.filter((result) => result.kind === 'failed' && result.accessDenied).length;
  return {
    sweepsEnded: 1,
    partialSweeps: summary.partial ? 1 : 0,
    failedStops: summary.failed.length + overdue,
    accessDenied: denied + inventory.accessDenied + accessDenied + untold,
    escalatedStops: escalated,
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
      lessons: summary.lessons.slice(0, MAX_RULES).map(rateOf),
    },
  });
}

/** One message a sweep, and only when something new was done: what merely goes on is in the metrics and their alarms. */
async function publishDigest(
  ports: Pick<ReportPorts, 'notifier' | 'tellings'>,
  summary: SweepSummary,
  findings: SweepFindings,
  now: number,
): Promise<void> {
  const stopped = findings.results.flatMap((result) => (result.kind === 'stopped' ? [result] : []));
  const held = findings.newHolds.filter(({ kind }) => kind !== 'exempt');
  const exempt = findings.newHolds.filter(({ kind }) => kind === 'exempt');
  const text = digest([
    { title: 'Stopped', lines: stopped.map((result) => lineOf(result, findings)) },
    {
      title: 'Would have stopped (observe mode)',
      lines: findings.newWouldStops.map(
        ({ item, reason }) => `${item.project.name}: ${reason}\n  ${item.arn}`,
      ),
    },
    { title: 'Held back', lines: held.map(holdLine) },
    ...(stopped.length + held.length > 0
      ? [
          { title: 'Failed', lines: summary.failed.map(({ arn, error }) => `${arn}: ${error}`) },
          { title: 'Kept by exemptions', lines: exempt.map(holdLine) },
          { title: 'No time was left', lines: findings.results.flatMap(outOfTimeLine) },
        ]
      : []),
  ]);
  const lines = endedLines(findings.newEnds, summary.lessons);
  const ended = digest([{ title: 'Would-be stops that have ended, by rule', lines }]);
  if (text === undefined) return tellEnds(ports, ended, now);
  const what = headline(stopped.length, held.length, findings.newWouldStops.length);
  await ports.notifier.publish(
    `Device Farm auto-stop: ${what}`,
    `${text}${ended ? `\n\n${ended}` : ''}\n\nSweep ${summary.sweepId}, policy ${summary.policyVersion}`,
  );
}

/** That work has ended is no reason for a message of its own more than once a UTC day: the next one has all figures again. */
async function tellEnds(
  ports: Pick<ReportPorts, 'notifier' | 'tellings'>,
  ended: string | undefined,
  now: number,
): Promise<void> {
  if (ended === undefined) return;
  const key = `lessons#${new Date(now).toISOString().slice(0, 10)}`;
  await tellOnce(ports, key, 'Device Farm auto-stop: what observing has taught', ended);
}

function rateOf({ rule, ended, falseStops, rightStops, falseStopRate }: Lesson) {
  return { rule, ended, falseStops, rightStops, falseStopRate };
}

function headline(stopped: number, held: number, wouldStop: number): string {
  if (stopped > 0) return held > 0 ? `stopped ${stopped}, held back ${held}` : `stopped ${stopped}`;
  return held > 0 ? `held back ${held}` : `would stop ${wouldStop}`;
}

function outOfTimeLine(result: ActResult): readonly string[] {
  return result.kind === 'heldBack' && result.by === undefined ? [`${result.arn}: ${result.why}`] : [];
}

function holdLine({ item, why, reason }: Hold): string {
  return `${item.project.name}: ${why}; otherwise: ${reason}\n  ${item.arn}`;
}

function lineOf(
  { arn, reason }: Extract<ActResult, { kind: 'stopped' }>,
  { decisions }: SweepFindings,
): string {
  const decision = decisions.find(({ item }) => item.arn === arn);
  return `${decision ? `${decision.item.project.name}: ` : ''}${reason}\n  ${arn}`;
}
