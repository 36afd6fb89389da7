import { parseArn } from '../arn.ts';
import {
  type DeviceMinutes,
  elapsedMinutes,
  estimateMinutes,
  NO_MINUTES,
  settledMinutes,
} from '../minutes.ts';
import type { Billing, Job, Project, Run, Session } from '../service.ts';
import { type Phase, phaseOf, type WorkItem } from '../work-item.ts';
import type { FirstSeen } from './first-seen.ts';

/** The run of a job, with the sum over all its jobs. */
export interface RunContext {
  readonly run: Run;
  readonly project: Project;
  readonly minutes: DeviceMinutes;
  readonly devices: number;
}

export function jobItem(
  job: Job,
  { run, project, minutes, devices }: RunContext,
  seen: FirstSeen,
  now: number,
): WorkItem {
  return {
    ...common(job, project, seen),
    kind: 'job',
    run: { arn: run.arn, name: run.name, minutes, devices },
    platform: job.platform ?? run.platform,
    testType: run.testType,
    chargedAt: run.created,
    billing: billingOf(job, run),
    minutes: jobMinutes(job, run, project, seen, now),
    timeoutMinutes: jobTimeout(run, project),
  };
}

export function sessionItem(session: Session, project: Project, seen: FirstSeen, now: number): WorkItem {
  return {
    ...common(session, project, seen),
    kind: 'session',
    platform: session.platform,
    chargedAt: session.created,
    billing: sessionBilling(session),
    minutes: sessionMinutes(session, seen, now),
  };
}

/** Minutes that a job may run: the run's timeout, else the project's; 0 is none. */
export function jobTimeout(run: Run, project: Project): number | undefined {
  return run.timeoutMinutes || project.defaultJobTimeoutMinutes || undefined;
}

/** Minutes of one job, ended or not. */
export function jobMinutes(
  job: Job,
  run: Run,
  project: Project,
  seen: FirstSeen,
  now: number,
): DeviceMinutes {
  return minutesOf(job, billingOf(job, run), seen, now, jobTimeout(run, project));
}

/** Minutes of one session, ended or not. */
export function sessionMinutes(session: Session, seen: FirstSeen, now: number): DeviceMinutes {
  return minutesOf(session, sessionBilling(session), seen, now);
}

function minutesOf(
  work: Job | Session,
  billing: Billing,
  seen: FirstSeen,
  now: number,
  timeoutMinutes?: number,
): DeviceMinutes {
  const phase = phaseOf(work.status);
  if (phase === 'queued') return NO_MINUTES;
  if (phase === 'completed') {
    const counted = settledMinutes(work.counters);
    return counted && counted.total > 0 ? counted : elapsedMinutes(work, billing);
  }
  const runningSince =
    work.status === 'RUNNING' ? since(work, seen) : (work.started ?? seen.remembered(work.arn));
  return estimateMinutes({ counters: work.counters, runningSince, billing, timeoutMinutes }, now);
}

function common(work: Job | Session, project: Project, seen: FirstSeen) {
  const running = work.status === 'RUNNING';
  return {
    arn: work.arn,
    name: work.name,
    device: work.device,
    project: { arn: project.arn, name: project.name },
    status: work.status,
    phase: phaseIn(work),
    created: work.created,
    ...(running
      ? {
          runningSince: since(work, seen),
          runningSinceSource: work.started === undefined ? ('observed' as const) : ('reported' as const),
        }
      : {}),
  };
}

/** What cannot be named to the service cannot be stopped: without the ARN of a job or session it is unknown. */
function phaseIn({ arn, status }: Job | Session): Phase {
  const phase = phaseOf(status);
  const kind = parseArn(arn)?.kind;
  return phase === 'completed' || kind === 'job' || kind === 'session' ? phase : 'unknown';
}

function since(work: Job | Session, seen: FirstSeen): number {
  return work.started ?? seen.runningSince(work.arn);
}

/** Jobs carry no billing method: it comes from the run, and a device of a private fleet is never metered. */
function billingOf(job: Job, run: Run): Billing {
  return job.privateDevice ? 'unmetered' : run.billing;
}

/** A session tells its own billing; on a device of a private fleet it is never metered. */
export function sessionBilling(session: Session): Billing {
  return session.privateDevice ? 'unmetered' : session.billing;
}
