import { parseArn } from './arn.ts';
import type { Charge } from './charge.ts';
import { type Chargeable, charge } from './charging.ts';
import { addMinutes, type DeviceMinutes, NO_MINUTES } from './minutes.ts';
import type { ProjectMemory, Unsettled } from './project-memory.ts';
import type { Job, Project, Run, Session } from './service.ts';
import { remainingMinutes } from './spend/remaining.ts';
import {
  type FirstSeen,
  jobItem,
  jobMinutes,
  jobTimeout,
  sessionItem,
  sessionMinutes,
} from './to-work-item.ts';
import { phaseOf, type WorkItem, whyUnknown } from './work-item.ts';

/** All that was read of one project in one sweep. */
export interface ProjectReading {
  readonly project: Project;
  readonly runs: readonly Run[];
  readonly runsComplete: boolean;
  readonly sessions: readonly Session[];
  readonly sessionsComplete: boolean;
  /** Jobs by run ARN, of every run that is not COMPLETED. */
  readonly jobs: ReadonlyMap<string, readonly Job[]>;
  /** Runs of which not all jobs could be read: what is known of them is no sum. */
  readonly cutShort: ReadonlySet<string>;
  /** Unsettled runs and sessions of the last sweep that the service no longer knows. */
  readonly gone: ReadonlySet<string>;
  /** Epoch milliseconds from which on the listings were read. */
  readonly from: number;
}

/** What one project holds: work in flight, what it costs, and what to remember. */
export interface ProjectSurvey {
  readonly items: readonly WorkItem[];
  readonly activeRuns: number;
  readonly settled: readonly Charge[];
  readonly unsettled: readonly Charge[];
  readonly memory: ProjectMemory;
  readonly problems: readonly string[];
}

/** The memory of a project that was never read. */
export function blankMemory(projectArn: string): ProjectMemory {
  return {
    projectArn,
    runs: { ahead: [] },
    sessions: { ahead: [] },
    unsettled: {},
    runningSince: {},
    version: 0,
  };
}

/** Joins what was read with what was remembered. `now` is epoch milliseconds. */
export function survey(reading: ProjectReading, memory: ProjectMemory, now: number): ProjectSurvey {
  const seen = firstSeen(memory, now);
  const items = workItems(reading, seen, now);
  const { from } = reading;
  const runs = charge(
    {
      items: reading.runs.map((run) => chargeableRun(run, reading, items, seen, now)),
      complete: reading.runsComplete,
      from,
    },
    memory.runs,
    stillKnown('run', reading, memory),
    now,
  );
  const sessions = charge(
    {
      items: reading.sessions.map((session) => chargeableSession(session, reading.project, seen, now)),
      complete: reading.sessionsComplete,
      from,
    },
    memory.sessions,
    stillKnown('session', reading, memory),
    now,
  );
  const unsettled = [...runs.unsettled, ...sessions.unsettled];
  return {
    items,
    activeRuns: reading.runs.filter(({ status }) => phaseOf(status) !== 'completed').length,
    settled: [...runs.settled, ...sessions.settled, ...vanished(reading, memory)],
    unsettled: unsettled.map((one) => one.charge),
    memory: {
      projectArn: reading.project.arn,
      runs: runs.memory,
      sessions: sessions.memory,
      unsettled: Object.fromEntries(unsettled.map((one) => [one.charge.arn, one])),
      runningSince: { ...hiddenSince(reading, memory), ...seen.still(items) },
      version: memory.version,
    },
    problems: [...runs.problems, ...sessions.problems, ...oddities(reading, items)],
  };
}

function workItems(reading: ProjectReading, seen: FirstSeen, now: number): readonly WorkItem[] {
  const jobs = reading.runs.flatMap((run) => {
    const all = reading.jobs.get(run.arn) ?? [];
    const facts = {
      run,
      project: reading.project,
      minutes: sumOfJobs(run, all, reading.project, seen, now),
      devices: all.length,
    };
    return all.map((job) => jobItem(job, facts, seen, now));
  });
  const sessions = reading.sessions.map((session) => sessionItem(session, reading.project, seen, now));
  return [...jobs, ...sessions].filter(({ phase }) => phase !== 'completed');
}

function sumOfJobs(
  run: Run,
  jobs: readonly Job[],
  project: Project,
  seen: FirstSeen,
  now: number,
): DeviceMinutes {
  return jobs.reduce((sum, job) => addMinutes(sum, jobMinutes(job, run, project, seen, now)), NO_MINUTES);
}

function chargeableRun(
  run: Run,
  reading: ProjectReading,
  items: readonly WorkItem[],
  seen: FirstSeen,
  now: number,
): Chargeable {
  const jobs = reading.jobs.get(run.arn);
  const { project } = reading;
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
    ...(jobs && !reading.cutShort.has(run.arn)
      ? {
          estimate: sumOfJobs(run, jobs, project, seen, now),
          remaining: remainingOfRun(run, jobs.length, items, project),
        }
      : {}),
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

function chargeableSession(session: Session, project: Project, seen: FirstSeen, now: number): Chargeable {
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
    remaining: remainingMinutes(sessionItem(session, project, seen, now)),
  };
}

/** What one listing left unsettled, without what the service no longer knows. */
function stillKnown(
  kind: Charge['kind'],
  { gone }: ProjectReading,
  memory: ProjectMemory,
): Readonly<Record<string, Unsettled>> {
  return Object.fromEntries(
    Object.entries(memory.unsettled).filter(([arn, one]) => one.charge.kind === kind && !gone.has(arn)),
  );
}

/** First sights of work that may still be RUNNING although this sweep did not see it: its clock goes on. */
function hiddenSince(reading: ProjectReading, memory: ProjectMemory): Readonly<Record<string, number>> {
  const seen = new Set([...reading.runs, ...reading.sessions].map(({ arn }) => arn));
  const isHidden = (arn: string): boolean =>
    reading.cutShort.has(arn) ||
    (memory.unsettled[arn] !== undefined && !seen.has(arn) && !reading.gone.has(arn));
  return Object.fromEntries(
    Object.entries(memory.runningSince).filter(([arn]) => isHidden(parseArn(arn)?.runArn ?? arn)),
  );
}

function vanished(reading: ProjectReading, memory: ProjectMemory): readonly Charge[] {
  return Object.values(memory.unsettled)
    .filter(({ charge: { arn } }) => reading.gone.has(arn))
    .map(({ charge: { remaining: _, ...last } }) => ({ ...last, basis: 'estimated' as const }));
}

function oddities(reading: ProjectReading, items: readonly WorkItem[]): readonly string[] {
  const runs = reading.runs.filter(({ status }) => phaseOf(status) === 'unknown');
  return [...runs, ...items.filter(({ phase }) => phase === 'unknown')].map(
    (one) => `${one.arn || 'an item without an ARN'} is kept: ${whyUnknown(one)}`,
  );
}

function firstSeen(memory: ProjectMemory, now: number): FirstSeen {
  const observed = new Map<string, number>();
  return {
    runningSince(arn) {
      const since = memory.runningSince[arn] ?? now;
      observed.set(arn, since);
      return since;
    },
    remembered(arn) {
      const since = memory.runningSince[arn];
      if (since !== undefined) observed.set(arn, since);
      return since;
    },
    still: (items) =>
      Object.fromEntries(
        items.flatMap(({ arn }) => (observed.has(arn) ? [[arn, observed.get(arn) ?? now]] : [])),
      ),
  };
}
