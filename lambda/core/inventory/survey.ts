import { parseArn } from '../arn.ts';
import type { Charge } from '../charge.ts';
import type { Job, Project, Run, Session } from '../service.ts';
import { phaseOf, type WorkItem, whyUnknown } from '../work-item.ts';
import { chargeableRun, chargeableSession, sumOfJobs } from './chargeable.ts';
import { type Charging, charge } from './charging.ts';
import { type FirstSeen, firstSeen } from './first-seen.ts';
import type { ProjectMemory, Unsettled } from './project-memory.ts';
import { jobItem, sessionItem } from './to-work-item.ts';

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
  /** The same of one listing alone, where it is not `from`. */
  readonly runsFrom?: number;
  readonly sessionsFrom?: number;
  /** Time was up before the listings were read as far as they should have been. */
  readonly cut?: boolean;
  /** Of what the listings show in full, what the ledger holds; ARNs. Absent when they were not compared. */
  readonly known?: ReadonlySet<string>;
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
  const runs = chargeRuns(reading, memory, items, seen, now);
  const sessions = chargeSessions(reading, memory, seen, now);
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
      ...scannedAt(reading, memory, now),
      ...cutAt(reading, memory, now),
      version: memory.version,
    },
    problems: [...runs.problems, ...sessions.problems, ...oddities(reading, items)],
  };
}

function scannedAt(
  { known }: ProjectReading,
  memory: ProjectMemory,
  now: number,
): Pick<ProjectMemory, 'scannedAt'> {
  if (known) return { scannedAt: now };
  return memory.scannedAt === undefined ? {} : { scannedAt: memory.scannedAt };
}

function cutAt(
  { cut, known }: ProjectReading,
  memory: ProjectMemory,
  now: number,
): Pick<ProjectMemory, 'cutAt'> {
  if (cut) return { cutAt: now };
  return known || memory.cutAt === undefined ? {} : { cutAt: memory.cutAt };
}

function chargeRuns(
  reading: ProjectReading,
  memory: ProjectMemory,
  work: readonly WorkItem[],
  seen: FirstSeen,
  now: number,
): Charging {
  const { project, known, runsComplete: complete, runsFrom: from = reading.from } = reading;
  const items = reading.runs.map((run) => chargeableRun(run, jobsOf(run, reading), work, project, seen, now));
  return charge({ items, complete, from, known }, memory.runs, stillKnown('run', reading, memory), now);
}

function chargeSessions(
  reading: ProjectReading,
  memory: ProjectMemory,
  seen: FirstSeen,
  now: number,
): Charging {
  const { project, known, sessionsComplete: complete, sessionsFrom: from = reading.from } = reading;
  const items = reading.sessions.map((session) => chargeableSession(session, project, seen, now));
  return charge(
    { items, complete, from, known },
    memory.sessions,
    stillKnown('session', reading, memory),
    now,
  );
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

/** All jobs of a run, if all could be read. */
function jobsOf({ arn }: Run, { jobs, cutShort }: ProjectReading): readonly Job[] | undefined {
  return cutShort.has(arn) ? undefined : jobs.get(arn);
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
