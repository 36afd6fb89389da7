import { DEVICE_FARM_REGION, parseArn } from '../arn.ts';
import {
  type Billing,
  type DeviceMinutes,
  type Job,
  type Phase,
  type Project,
  phaseOf,
  type Run,
  type Session,
  type WorkItem,
} from '../model.ts';
import { addMinutes, NO_MINUTES } from '../money.ts';
import { elapsedMinutes, estimateMinutes, remainingMinutes } from '../usage/minutes.ts';
import { finalMinutes } from '../usage/settle.ts';
import type { ProjectMemory } from './project-memory.ts';

/** Characters of an ARN that a sentence shows. */
export const ARN_SHOWN = 200;

/** Jobs that no run announces: 250 may be in flight (https://docs.aws.amazon.com/devicefarm/latest/developerguide/limits.html). */
const MOST_JOBS = 10_000;

/** What items are made from besides what Device Farm says of them. */
export interface View {
  readonly project: Project;
  readonly accountId: string;
  readonly firstSeen: FirstSeen;
  readonly now: number;
}

/** Remembers when work that reports no start was first seen RUNNING. */
export class FirstSeen {
  readonly #known: ProjectMemory['runningSince'];
  readonly #now: number;
  readonly #observed = new Map<string, number>();

  constructor({ runningSince }: Pick<ProjectMemory, 'runningSince'>, now: number) {
    this.#known = runningSince;
    this.#now = now;
  }

  /** Now, when the work is seen RUNNING for the first time. */
  runningSince(arn: string): number {
    const since = this.#known[arn] ?? this.#now;
    this.#observed.set(arn, since);
    return since;
  }

  /** What an earlier sweep saw; absent when it never saw it RUNNING without a start. */
  remembered(arn: string): number | undefined {
    const since = this.#known[arn];
    if (since !== undefined) this.#observed.set(arn, since);
    return since;
  }

  /** What to remember: the first sights of the items that are still there. */
  still(items: readonly { readonly arn: string }[]): Readonly<Record<string, number>> {
    return Object.fromEntries(
      items.flatMap(({ arn }) => {
        const since = this.#observed.get(arn);
        return since === undefined ? [] : [[arn, since]];
      }),
    );
  }
}

/** The work items among the jobs of a run. */
export function jobItems(run: Run, jobs: readonly Job[], view: View): readonly WorkItem[] {
  const { name, arn, key, owner } = run;
  const facts = { arn, name, minutes: sumOfJobs(run, jobs, view), devices: jobs.length, ...(key && { key }) };
  return jobs
    .filter(({ status }) => phaseOf(status) !== 'completed')
    .map((job) => ({
      ...commonOf(job, view),
      kind: 'job',
      phase: isOurs(job, 'job', view, run) ? phaseOf(job.status) : 'unknown',
      run: facts,
      ...(owner && { owner }),
      platform: job.platform ?? run.platform,
      testType: run.testType,
      usageAt: run.created,
      billing: jobBilling(job, run),
      minutes: jobMinutes(job, run, view),
      timeoutMinutes: jobTimeout(run, view.project),
    }));
}

export function sessionItem(session: Session, view: View): WorkItem {
  return {
    ...commonOf(session, view),
    kind: 'session',
    phase: isOurs(session, 'session', view) ? phaseOf(session.status) : 'unknown',
    platform: session.platform,
    usageAt: session.created,
    billing: sessionBilling(session),
    minutes: sessionMinutes(session, view),
  };
}

/** Minutes of all jobs of a run together, ended or not. */
export function sumOfJobs(run: Run, jobs: readonly Job[], view: View): DeviceMinutes {
  return jobs.map((job) => jobMinutes(job, run, view)).reduce(addMinutes, NO_MINUTES);
}

export function sessionMinutes(session: Session, view: View): DeviceMinutes {
  return minutesOf(session, sessionBilling(session), view);
}

/** What a run can still use: its items, and jobs that are still to come, as a fresh run may announce more than it lists. */
export function remainingOfRun(
  run: Run,
  listed: number,
  items: readonly WorkItem[],
  project: Project,
): DeviceMinutes {
  const { totalJobs = 0 } = run;
  const unlisted = totalJobs > MOST_JOBS ? 0 : Math.max(0, totalJobs - listed);
  const ofOne = remainingMinutes({
    phase: 'queued',
    status: 'PENDING',
    billing: run.billing,
    minutes: NO_MINUTES,
    timeoutMinutes: jobTimeout(run, project),
  });
  const ofUnlisted = {
    total: ofOne.total * unlisted,
    metered: ofOne.metered * unlisted,
    unmetered: ofOne.unmetered * unlisted,
  };
  return items.map(remainingMinutes).reduce(addMinutes, ofUnlisted);
}

/** On a device of a private fleet it is never metered. */
export function sessionBilling({ privateDevice, billing }: Session): Billing {
  return privateDevice ? 'unmetered' : billing;
}

/** Jobs carry no billing method: it comes from the run, and a device of a private fleet is never metered. */
function jobBilling({ privateDevice }: Job, run: Run): Billing {
  return privateDevice ? 'unmetered' : run.billing;
}

/** Minutes that a job may run: the run's timeout, else the project's; 0 is none. */
function jobTimeout(run: Run, project: Project): number | undefined {
  return run.timeoutMinutes || project.defaultJobTimeoutMinutes || undefined;
}

function jobMinutes(job: Job, run: Run, view: View): DeviceMinutes {
  return minutesOf(job, jobBilling(job, run), view, jobTimeout(run, view.project));
}

function minutesOf(
  work: Job | Session,
  billing: Billing,
  { firstSeen, now }: View,
  timeoutMinutes?: number,
): DeviceMinutes {
  const { arn, status, started, stopped, counters } = work;
  const phase: Phase = phaseOf(status);
  if (phase === 'queued') return NO_MINUTES;
  if (phase === 'completed') {
    const counted = finalMinutes(counters);
    return counted?.total ? counted : elapsedMinutes({ started, stopped, timeoutMinutes }, billing);
  }
  const runningSince =
    started ?? (status === 'RUNNING' ? firstSeen.runningSince(arn) : firstSeen.remembered(arn));
  // What says when it ended has used no more since, whatever its status is called.
  return estimateMinutes({ counters, runningSince, billing, timeoutMinutes }, Math.min(stopped ?? now, now));
}

function commonOf({ arn, name, device, status, created, started }: Job | Session, view: View) {
  const { project, firstSeen } = view;
  return {
    arn,
    name,
    device,
    project: { arn: project.arn, name: project.name },
    status,
    created,
    ...(status === 'RUNNING' && {
      runningSince: started ?? firstSeen.runningSince(arn),
      runningSinceSource: started === undefined ? ('observed' as const) : ('reported' as const),
    }),
  };
}

/** Whether the ARN names what the listing says. What cannot be named to the service with certainty is never stopped. */
function isOurs(
  { arn }: Job | Session,
  kind: 'job' | 'session',
  { project, accountId }: View,
  run?: Run,
): boolean {
  const parsed = parseArn(arn);
  return (
    parsed?.kind === kind &&
    parsed.account === accountId &&
    parsed.region === DEVICE_FARM_REGION &&
    parsed.projectArn === project.arn &&
    parsed.runArn === run?.arn
  );
}
