import type { Charge } from './charge.ts';
import type { FirstSeen } from './first-seen.ts';
import { addMinutes, type DeviceMinutes, NO_MINUTES } from './minutes.ts';
import type { Counters, Job, Project, Run, Session } from './service.ts';
import { jobMinutes, sessionMinutes } from './to-work-item.ts';
import { phaseOf } from './work-item.ts';

/** A run or session as charging needs it: what the service says, and the best estimate of its minutes. */
export interface Chargeable {
  readonly facts: Omit<Charge, 'created' | 'minutes' | 'basis'>;
  readonly completed: boolean;
  readonly counters: Counters;
  readonly created?: number;
  readonly started?: number;
  readonly stopped?: number;
  /** Minutes from its jobs or its own clock; absent when they were not read or could not be. */
  readonly estimate?: DeviceMinutes;
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

/** `jobs`: all of the run's; absent when they were not read or could not be. */
export function chargeableRun(
  run: Run,
  jobs: readonly Job[] | undefined,
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
    completed: phaseOf(run.status) === 'completed',
    counters: run.counters,
    created: run.created,
    started: run.started,
    stopped: run.stopped,
    ...(jobs && { estimate: sumOfJobs(run, jobs, project, seen, now) }),
  };
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
      billing: session.privateDevice ? 'unmetered' : session.billing,
    },
    completed: phaseOf(session.status) === 'completed',
    counters: session.counters,
    created: session.created,
    started: session.started,
    stopped: session.stopped,
    estimate: sessionMinutes(session, seen, now),
  };
}
