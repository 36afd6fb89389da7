import pMap from 'p-map';
import type { Diagnostics } from '../diagnostics.ts';
import { AwsCallError, type ServiceError } from '../errors.ts';
import { type Job, phaseOf, type Reading, type Run, type Session } from '../model.ts';
import { plain } from '../text.ts';
import { finalMinutes, settlement } from '../usage/settle.ts';
import { ARN_SHOWN } from './inventory-items.ts';
import {
  identified,
  isOutOfTime,
  type Listed,
  type ProjectTask,
  type Reader,
  readListing,
} from './inventory-listing.ts';
import { inLedger } from './inventory-settle.ts';
import type { ProjectMemory, Unsettled } from './project-memory.ts';

/** Listings of jobs under way at once; the rate limits are kept by the client. */
const JOB_LISTINGS = 8;

/** All that was read of one project in one sweep. */
export interface ProjectReading {
  readonly task: ProjectTask;
  readonly runs: Listed<Run>;
  readonly sessions: Listed<Session>;
  /** By run ARN, of each run that is not COMPLETED; jobs of ended runs are added later. */
  readonly jobs: Map<string, Pick<Listed<Job>, 'items' | 'complete'>>;
  /** Unsettled runs and sessions of the last sweep that the service no longer knows. */
  readonly gone: ReadonlySet<string>;
}

/** Reads one project as far as its memory does not answer for it. Never throws for what the service refuses. */
export async function readProject(
  farm: Reader,
  task: ProjectTask,
  now: number,
  diagnostics: Diagnostics,
): Promise<ProjectReading> {
  const { project, memory, from, isDeleted } = task;
  const list = <T extends Run | Session>(what: 'runs' | 'sessions', pages: AsyncIterable<readonly T[]>) =>
    isDeleted
      ? { items: [], complete: true, from, unordered: false, endsEmpty: true }
      : readListing(pages, what, task, { now, diagnostics });
  const [listedRuns, listedSessions] = await Promise.all([
    list<Run>('runs', farm.runs(project.arn)),
    list<Session>('sessions', farm.sessions(project.arn)),
  ]);
  const missing = await readMissing(
    farm,
    { unsettled: memory.unsettled, runs: listedRuns, sessions: listedSessions },
    now,
    diagnostics,
  );
  const runs = { ...listedRuns, items: [...listedRuns.items, ...missing.runs] };
  const sessions = { ...listedSessions, items: [...listedSessions.items, ...missing.sessions] };
  const reading: ProjectReading = { task, runs, sessions, jobs: new Map(), gone: missing.gone };
  const inFlight = runs.items.filter(({ status }) => phaseOf(status) !== 'completed');
  await pMap(inFlight, (run) => readJobs(farm, run, reading, diagnostics), { concurrency: JOB_LISTINGS });
  return reading;
}

/**
 * Lists the jobs of runs that have ended, once for each run: of a run that was in flight at the last sweep, for how long its jobs
 * took, and of a run that has no counters. What time does not allow waits for the next sweep.
 */
export async function readJobsOfEnded(
  farm: Reader,
  readings: readonly ProjectReading[],
  now: number,
  diagnostics: Diagnostics,
): Promise<void> {
  const wanted = readings.flatMap((reading) => runsToListOnce(reading, now).map((run) => ({ run, reading })));
  await pMap(wanted, ({ run, reading }) => readJobs(farm, run, reading, diagnostics), {
    concurrency: JOB_LISTINGS,
  });
  const left = wanted.filter(({ run, reading }) => !reading.jobs.has(run.arn)).length;
  if (left > 0)
    diagnostics.note(`the jobs of ${left} ended runs could not be listed yet; a later sweep does`);
}

function runsToListOnce({ task, runs }: ProjectReading, now: number): readonly Run[] {
  const { unsettled, runs: memory } = task.memory;
  const isKnown = inLedger(memory, runs.from, unsettled);
  return runs.items.filter(({ arn, status, created, stopped, counters }) => {
    const before = unsettled[arn];
    if (phaseOf(status) !== 'completed' || before?.jobsRead || isKnown(arn, created)) return false;
    if (before && before.completedSince === undefined) return true;
    const result = settlement({ counters, stopped, completedSince: before?.completedSince }, now);
    return typeof result === 'string' && !finalMinutes(counters)?.total;
  });
}

export async function readJobs(
  farm: Reader,
  { arn, name, status }: Run,
  { task: { project }, jobs }: ProjectReading,
  diagnostics: Diagnostics,
): Promise<void> {
  const found = new Map<string, Job>();
  const hasEnded = phaseOf(status) === 'completed';
  let complete = true;
  try {
    for await (const page of farm.jobs(arn)) for (const job of page) found.set(job.arn, job);
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    // Of an ended run nothing is hidden by it: the next sweep lists them.
    if (hasEnded && (isOutOfTime(error) || isPassing(error.error))) return;
    complete = false;
    diagnostics.refused(
      `project "${plain(project.name)}": the jobs of run "${plain(name)}" (${plain(arn, ARN_SHOWN)}) could not be listed in full`,
      error.error,
      { hides: !hasEnded },
    );
  }
  jobs.set(arn, { items: identified([...found.values()], 'jobs', project, diagnostics), complete });
}

function isPassing({ kind }: ServiceError): boolean {
  return kind === 'throttled' || kind === 'unavailable';
}

/** Unsettled work that complete listings no longer show is asked for one by one. */
async function readMissing(
  farm: Reader,
  {
    unsettled,
    runs,
    sessions,
  }: Pick<ProjectMemory, 'unsettled'> & {
    readonly runs: Listed<Run>;
    readonly sessions: Listed<Session>;
  },
  now: number,
  diagnostics: Diagnostics,
): Promise<{
  readonly runs: readonly Run[];
  readonly sessions: readonly Session[];
  readonly gone: ReadonlySet<string>;
}> {
  const found = { runs: [] as Run[], sessions: [] as Session[], gone: new Set<string>() };
  const seen = new Set([...runs.items, ...sessions.items].map(({ arn }) => arn));
  const keep = <T extends { readonly arn: string }>(arn: string, reading: Reading<T>, list: T[]): void => {
    // A reply about something else says nothing of what was asked for.
    if (reading.state === 'found' && reading.value.arn === arn) list.push(reading.value);
    else if (reading.state === 'found')
      diagnostics.hidden(`${plain(arn, ARN_SHOWN)}: the reply is about something else`);
    else if (reading.state === 'gone') found.gone.add(arn);
    else diagnostics.refused(`${plain(arn, ARN_SHOWN)} could not be read`, reading.error, { hides: true });
  };
  const missing = Object.values(unsettled).filter(
    ({ usage: { arn, kind } }) => !seen.has(arn) && (kind === 'run' ? runs : sessions).complete,
  );
  await pMap(
    missing,
    async (one) => {
      const { arn, kind } = one.usage;
      if (kind === 'session') keep(arn, await farm.session(arn), found.sessions);
      else if (isOnlyWithoutJobs(one, now)) found.runs.push(endedRun(one));
      else keep(arn, await farm.run(arn), found.runs);
    },
    { concurrency: JOB_LISTINGS },
  );
  return found;
}

/** An ended run that waits for nothing but the listing of its jobs. */
function isOnlyWithoutJobs({ completedSince, jobsRead }: Unsettled, now: number): boolean {
  const isOver =
    completedSince !== undefined && settlement({ counters: {}, completedSince }, now) === 'estimate';
  return isOver && !jobsRead;
}

function endedRun({ usage, completedSince }: Unsettled): Run {
  const { arn, run: name = '', created, billing, platform, testType } = usage;
  const facts = { arn, name, created, billing, platform, testType };
  return { ...facts, status: 'COMPLETED', stopped: completedSince, counters: {} };
}
