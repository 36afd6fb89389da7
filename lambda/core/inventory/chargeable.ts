import type { Charge } from '../charge.ts';
import { addMinutes, type DeviceMinutes, NO_MINUTES } from '../minutes.ts';
import type { Counters, Job, Project, Run, Session } from '../service.ts';
import { remainingMinutes } from '../spend/remaining.ts';
import { phaseOf, type WorkItem } from '../work-item.ts';
import type { FirstSeen } from './first-seen.ts';
import { jobMinutes, jobTimeout, sessionBilling, sessionItem, sessionMinutes } from './to-work-item.ts';

/** A run or session as charging needs it: what the service says, and the best estimate of its minutes. */
export interface Chargeable {
  readonly facts: Omit<Charge, 'created' | 'minutes' | 'remaining' | 'basis' | 'estimateError'>;
  readonly completed: boolean;
  readonly counters: Counters;
  readonly created?: number;
  readonly started?: number;
  readonly stopped?: number;
  /** Minutes from its jobs or its own clock; absent when they were not read or could not be. */
  readonly estimate?: DeviceMinutes;
  /** What it can still use before its timeout; absent when that is not known, and once it is completed. */
  readonly remaining?: DeviceMinutes;
}

/** Minutes of all jobs of a run together, ended or not. */
export function sumOfJobs(
  run: Run,
  jobs: readonly Job[],
  project: Project,
  seen: FirstSeen,
  now: number,
): DeviceMinutes {
  return jobs.reduce((sum, job) => addMinutes(sum, jobMinutes(job, run, project, seen, now)), NO_MINUTES);
}

/**
 * @param jobs all of the run's; absent when they were not read or could not be
 * @param items the work items among them
 */
export function chargeableRun(
  run: Run,
  jobs: readonly Job[] | undefined,
  items: readonly WorkItem[],
  project: Project,
  seen: FirstSeen,
  now: number,
): Chargeable {
  return {
    facts: {
      arn: run.arn,
      kind: 'run',
      project: { arn: project.arn, name: project.name },
      run: run.name,
      platform: run.platform,
      testType: run.testType,
      billing: run.billing,
    },
    ...courseOf(run),
    ...(jobs && {
      estimate: sumOfJobs(run, jobs, project, seen, now),
      remaining: remainingOfRun(run, jobs.length, items, project),
    }),
  };
}

/** Of its jobs, and of those that are still to come: a fresh run may announce more jobs than it lists. */
function remainingOfRun(
  run: Run,
  listed: number,
  items: readonly WorkItem[],
  project: Project,
): DeviceMinutes {
  const ofItems = items
    .filter((item) => item.run?.arn === run.arn)
    .map(remainingMinutes)
    .reduce(addMinutes, NO_MINUTES);
  const unlisted = Math.max(0, (run.totalJobs ?? 0) - listed);
  const ofOne = remainingMinutes({
    phase: 'queued',
    status: 'PENDING',
    billing: run.billing,
    minutes: NO_MINUTES,
    timeoutMinutes: jobTimeout(run, project),
  });
  return addMinutes(ofItems, {
    total: ofOne.total * unlisted,
    metered: ofOne.metered * unlisted,
    unmetered: ofOne.unmetered * unlisted,
  });
}

export function chargeableSession(
  session: Session,
  project: Project,
  seen: FirstSeen,
  now: number,
): Chargeable {
  return {
    facts: {
      arn: session.arn,
      kind: 'session',
      project: { arn: project.arn, name: project.name },
      platform: session.platform,
      billing: sessionBilling(session),
    },
    ...courseOf(session),
    estimate: sessionMinutes(session, seen, now),
    remaining: remainingMinutes(sessionItem(session, project, seen, now)),
  };
}

/** What both kinds say of their course. */
function courseOf({ status, counters, created, started, stopped }: Run | Session) {
  return { completed: phaseOf(status) === 'completed', counters, created, started, stopped };
}
