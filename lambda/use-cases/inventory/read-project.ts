import pMap from 'p-map';
import { ListingError } from '../../core/errors.ts';
import { coverage } from '../../core/inventory/charging.ts';
import { afterPage, type Frontier, frontier } from '../../core/inventory/frontier.ts';
import type { ListingMemory, ProjectMemory } from '../../core/inventory/project-memory.ts';
import { LIFETIME_HOURS, settlement } from '../../core/inventory/settle.ts';
import type { ProjectReading } from '../../core/inventory/survey.ts';
import { settledMinutes } from '../../core/minutes.ts';
import type { Job, Project, Run, Session } from '../../core/service.ts';
import { phaseOf } from '../../core/work-item.ts';
import type { DeviceFarm, Pages, Reading } from '../../ports.ts';
import { isOutOfTime } from './within-time.ts';

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

/** How far back the listings of a project matter, and whether the memory is to be believed as far as it answers. */
export interface Depth {
  readonly from: number;
  readonly scan: boolean;
  /** Only as far as the memory answers, although that is not down to `from`. */
  readonly spare?: boolean;
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
    listing(farm.runs(project.arn), memory.runs, depth, faults, 'runs', now),
    listing(farm.sessions(project.arn), memory.sessions, depth, faults, 'sessions', now),
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

interface Listed<T> {
  readonly items: readonly T[];
  /** Read down to the mark. */
  readonly complete: boolean;
  /** Read down to where listings matter at all. */
  readonly full: boolean;
  /** Complete from then on; epoch milliseconds. */
  readonly from: number;
  /** Time was up before it was read as far as it should have been. */
  readonly cut: boolean;
}

async function listing<T extends { readonly arn: string; readonly created?: number }>(
  pages: Pages<T>,
  memory: ListingMemory,
  depth: Depth,
  faults: Faults,
  what: string,
  now: number,
): Promise<Listed<T>> {
  const { scan } = depth;
  const from = depth.spare ? Math.max(depth.from, memory.settled?.from ?? depth.from) : depth.from;
  const items = new Map<string, T>();
  const mark = coverage(memory, from)?.through ?? from;
  let toMark = frontier(mark);
  let toEnd = frontier(scan ? Math.min(mark, from) : mark);
  const listed = () => faults.identified([...items.values()], what);
  try {
    for await (const page of pages) {
      for (const item of page) items.set(item.arn, item);
      const created = page.map((item) => item.created);
      toMark = afterPage(toMark, created);
      toEnd = afterPage(toEnd, created);
      if (toEnd.reached) break;
    }
    return {
      items: listed(),
      complete: true,
      full: !toEnd.reached || toEnd.until <= depth.from,
      from,
      cut: false,
    };
  } catch (error) {
    const cut = isOutOfTime(error);
    const proven = cut && !coverage(memory, from) ? provenFrom(toMark) : undefined;
    if (proven !== undefined) {
      const told = `its ${what} could be read back to ${new Date(proven).toISOString()} only`;
      const seenSince = Math.max(memory.settled?.through ?? 0, now - LIFETIME_HOURS * 3_600_000);
      if (proven <= seenSince) faults.note(told, error);
      else faults.add(told, error);
      return { items: listed(), complete: true, full: false, from: proven, cut };
    }
    // A scan that breaks off below the mark hid nothing: it is due again.
    if (toMark.reached) faults.note(`its ${what} could not be compared with the ledger in full`, error);
    else faults.add(`its ${what} could not be listed in full`, error);
    return { items: listed(), complete: toMark.reached, full: false, from, cut };
  }
}

/** From when on a listing that broke off is complete: newest first all along, it was read in full down to its oldest item. */
function provenFrom({ ordered, oldest }: Frontier): number | undefined {
  return ordered && oldest !== undefined ? oldest + 1 : undefined;
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

/** What went wrong in one project, in words. */
class Faults {
  readonly problems: string[] = [];
  readonly notes: string[] = [];
  accessDenied = 0;
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  /** Without an ARN work can be neither stopped, nor remembered, nor counted once: it is told and left out. */
  identified<T extends { readonly arn: string }>(items: readonly T[], what: string): readonly T[] {
    const known = items.filter(({ arn }) => arn !== '');
    if (known.length < items.length)
      this.problems.push(`project "${this.#project.name}": some of its ${what} have no ARN and are left out`);
    return known;
  }

  add(what: string, error: unknown): void {
    if (!(error instanceof ListingError)) throw error;
    this.refused(what, error.error);
  }

  refused(what: string, error: ListingError['error']): void {
    this.problems.push(this.#told(what, error));
  }

  note(what: string, error: unknown): void {
    if (!(error instanceof ListingError)) throw error;
    this.notes.push(this.#told(what, error.error));
  }

  #told(what: string, error: ListingError['error']): string {
    if (error.kind === 'accessDenied') this.accessDenied += 1;
    return `project "${this.#project.name}": ${what}: ${error.name}: ${error.message}`;
  }
}
