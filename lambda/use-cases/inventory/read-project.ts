import pMap from 'p-map';
import type { ProjectMemory } from '../../core/inventory/project-memory.ts';
import { settlement } from '../../core/inventory/settle.ts';
import type { ProjectReading } from '../../core/inventory/survey.ts';
import { settledMinutes } from '../../core/minutes.ts';
import type { Job, Project, Run, Session } from '../../core/service.ts';
import { phaseOf } from '../../core/work-item.ts';
import type { DeviceFarm, Reading } from '../../ports.ts';
import { Faults } from './faults.ts';
import { type Depth, type Listed, readListing } from './read-listing.ts';

/** Listings of jobs under way at once within one project; the rate limits are kept by the client. */
const JOB_LISTINGS = 8;

/** What was read, and what could not be. */
export interface ReadProject {
  readonly reading: ProjectReading;
  /** Both listings were read down to `from`, whatever is settled. */
  readonly isFull: boolean;
  /** What hid something from this sweep. */
  readonly problems: readonly string[];
  /** What hid nothing that a sweep has to see. */
  readonly notes: readonly string[];
  readonly accessDenied: number;
}

/** Reads one project as far as its memory does not answer for it. Never throws for what the service refuses. */
export async function readProject(
  farm: DeviceFarm,
  project: Project,
  memory: ProjectMemory,
  depth: Depth,
  now: number,
): Promise<ReadProject> {
  const faults = new Faults(project);
  const [runs, sessions] = await Promise.all([
    readListing(farm.runs(project.arn), memory.runs, depth, faults, 'runs', now),
    readListing(farm.sessions(project.arn), memory.sessions, depth, faults, 'sessions', now),
  ]);
  const missing = await readMissing(farm, memory, runs, sessions, faults);
  const allRuns = [...runs.items, ...missing.runs];
  const wanted = allRuns.filter((run) => needsJobs(run, memory, now));
  const { jobs, cutShort } = await readJobs(farm, wanted, faults);
  return {
    reading: {
      project,
      runs: allRuns,
      runsComplete: runs.complete,
      sessions: [...sessions.items, ...missing.sessions],
      sessionsComplete: sessions.complete,
      jobs,
      cutShort,
      gone: missing.gone,
      from: depth.from,
      runsFrom: runs.from,
      sessionsFrom: sessions.from,
      cut: runs.cut || sessions.cut,
    },
    isFull: runs.full && sessions.full,
    problems: faults.problems,
    notes: faults.notes,
    accessDenied: faults.accessDenied,
  };
}

/** Unsettled work that a complete listing no longer shows is asked for one by one. */
async function readMissing(
  farm: DeviceFarm,
  memory: ProjectMemory,
  runs: Listed<Run>,
  sessions: Listed<Session>,
  faults: Faults,
): Promise<{ runs: readonly Run[]; sessions: readonly Session[]; gone: ReadonlySet<string> }> {
  const found = { runs: [] as Run[], sessions: [] as Session[], gone: new Set<string>() };
  const seen = new Set([...runs.items, ...sessions.items].map(({ arn }) => arn));
  const keep = <T>(arn: string, reading: Reading<T>, list: T[]): void => {
    if (reading.state === 'found') list.push(reading.value);
    else if (reading.state === 'gone') found.gone.add(arn);
    else faults.refused(`${arn} could not be read`, reading.error);
  };
  for (const { charge } of Object.values(memory.unsettled)) {
    if (seen.has(charge.arn)) continue;
    if (charge.kind === 'run' && runs.complete) keep(charge.arn, await farm.run(charge.arn), found.runs);
    if (charge.kind === 'session' && sessions.complete) {
      keep(charge.arn, await farm.session(charge.arn), found.sessions);
    }
  }
  return found;
}

async function readJobs(
  farm: DeviceFarm,
  runs: readonly Run[],
  faults: Faults,
): Promise<{ jobs: ReadonlyMap<string, readonly Job[]>; cutShort: ReadonlySet<string> }> {
  const jobs = new Map<string, readonly Job[]>();
  const cutShort = new Set<string>();
  const read = async (run: Run): Promise<void> => {
    const found = new Map<string, Job>();
    try {
      for await (const page of farm.jobs(run.arn)) for (const job of page) found.set(job.arn, job);
    } catch (error) {
      cutShort.add(run.arn);
      faults.add(`the jobs of run "${run.name}" (${run.arn}) could not be listed in full`, error);
    }
    jobs.set(run.arn, faults.identified([...found.values()], 'jobs'));
  };
  await pMap(runs, read, { concurrency: JOB_LISTINGS });
  return { jobs, cutShort };
}

/** Jobs are read for runs in flight, and for those that have ended and whose counters are not known. */
function needsJobs(run: Run, memory: ProjectMemory, now: number): boolean {
  if (phaseOf(run.status) !== 'completed') return true;
  const before = memory.unsettled[run.arn];
  if (before === undefined) return false;
  // Its counters are not there yet: until they are, its jobs tell when each of them ended.
  if (run.started !== undefined && !settledMinutes(run.counters)?.total) return true;
  return settlement({ ...run, completedSince: before.completedSince }, now).kind === 'estimate';
}
