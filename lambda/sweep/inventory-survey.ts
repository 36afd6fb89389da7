import { parseArn } from '../arn.ts';
import {
  type Job,
  type Project,
  phaseOf,
  type Run,
  type Session,
  type Usage,
  type WorkItem,
} from '../model.ts';
import { whyUnknown } from '../rules/decide.ts';
import { plain } from '../text.ts';
import { elapsedMinutes, remainingMinutes } from '../usage/minutes.ts';
import {
  FirstSeen,
  jobItems,
  remainingOfRun,
  sessionBilling,
  sessionItem,
  sessionMinutes,
  sumOfJobs,
  type View,
} from './inventory-items.ts';
import type { Listed } from './inventory-listing.ts';
import type { ProjectReading } from './inventory-project.ts';
import { type Countable, settleListing } from './inventory-settle.ts';
import type { ListingMemory, Progress, ProjectMemory, Unsettled } from './project-memory.ts';

/** What one project holds: work in flight, what it costs, and what to remember. */
export interface ProjectSurvey {
  readonly items: readonly WorkItem[];
  readonly activeRuns: number;
  readonly settled: readonly Usage[];
  readonly unsettled: readonly Usage[];
  readonly memory: ProjectMemory;
  /** The memory says more than before, or saves reading: it is worth writing. */
  readonly hasNews: boolean;
  readonly problems: readonly string[];
}

/** Joins what was read of a project with what was remembered of it. */
export function survey(reading: ProjectReading, accountId: string, now: number): ProjectSurvey {
  const { project, memory: before } = reading.task;
  const view: View = { project, accountId, firstSeen: new FirstSeen(before, now), now };
  const active = reading.runs.items.filter(({ status }) => phaseOf(status) !== 'completed');
  const itemsOf = new Map(
    active.map((run) => [run.arn, jobItems(run, reading.jobs.get(run.arn)?.items ?? [], view)]),
  );
  const items = [
    ...[...itemsOf.values()].flat(),
    ...reading.sessions.items
      .filter(({ status }) => phaseOf(status) !== 'completed')
      .map((session) => sessionItem(session, view)),
  ];
  const settle = <T extends Run | Session>(
    kind: Usage['kind'],
    listed: Listed<T>,
    toCountable: (work: T) => Countable,
  ) =>
    settleListing(
      { ...listed, items: listed.items.map(toCountable) },
      kind === 'run' ? before.runs : before.sessions,
      stillKnown(kind, reading),
      now,
    );
  const runs = settle('run', reading.runs, (run) =>
    countableRun(run, reading.jobs.get(run.arn), itemsOf.get(run.arn) ?? [], view),
  );
  const sessions = settle('session', reading.sessions, (session) => countableSession(session, view));
  const unsettled = [...runs.unsettled, ...sessions.unsettled];
  const settled = [...runs.settled, ...sessions.settled, ...vanished(reading)];
  const memory: ProjectMemory = {
    project,
    runs: { ...runs.memory, ...orderOf(reading.runs) },
    sessions: { ...sessions.memory, ...orderOf(reading.sessions) },
    unsettled: Object.fromEntries(unsettled.map((one) => [one.usage.arn, one])),
    runningSince: { ...hiddenSince(reading), ...view.firstSeen.still(items) },
  };
  return {
    items,
    activeRuns: active.length,
    settled,
    unsettled: unsettled.map(({ usage }) => usage),
    memory,
    hasNews: settled.length > 0 || hasNews(before, memory),
    problems: [...runs.problems, ...sessions.problems, ...oddities(project, active, items)],
  };
}

/**
 * Whether a memory is worth writing. A watermark that moves over nothing saves no reading, as the first page of the listing
 * reaches below it either way; nor does one that has passed nothing yet.
 */
function hasNews(before: ProjectMemory, after: ProjectMemory): boolean {
  const isEmpty = ({ unsettled, runs, sessions }: ProjectMemory) =>
    Object.keys(unsettled).length + runs.ahead.length + sessions.ahead.length === 0;
  const isRead = (a: ListingMemory, b: ListingMemory) =>
    (a.settled?.from === b.settled?.from || (a.settled && b.settled?.from === b.settled?.through)) &&
    a.unordered === b.unordered &&
    a.brokeOffAt === b.brokeOffAt;
  return !(
    isEmpty(before) &&
    isEmpty(after) &&
    isRead(before.runs, after.runs) &&
    isRead(before.sessions, after.sessions)
  );
}

function orderOf({
  unordered,
  brokeOffAt,
}: Listed<unknown>): Pick<ListingMemory, 'unordered' | 'brokeOffAt'> {
  return { ...(unordered && { unordered }), ...(brokeOffAt !== undefined && { brokeOffAt }) };
}

function countableRun(
  run: Run,
  read: ReturnType<ProjectReading['jobs']['get']>,
  items: readonly WorkItem[],
  view: View,
): Countable {
  const { arn, name, platform, testType, billing } = run;
  const course = courseOf(run);
  const { project } = view;
  const facts = {
    arn,
    kind: 'run',
    project: refOf(project),
    run: name,
    platform,
    testType,
    billing,
  } as const;
  if (!read) return { facts, ...course };
  if (course.completed) {
    const estimate = read.complete ? sumOfJobs(run, read.items, view) : elapsedMinutes(run, billing);
    return { facts, ...course, estimate, jobsRead: true };
  }
  if (!read.complete) return { facts, ...course };
  const remaining = remainingOfRun(run, read.items.length, items, project);
  return { facts, ...course, estimate: sumOfJobs(run, read.items, view), remaining };
}

function countableSession(session: Session, view: View): Countable {
  const { arn, platform } = session;
  const billing = sessionBilling(session);
  const facts = { arn, kind: 'session', project: refOf(view.project), platform, billing } as const;
  return {
    facts,
    ...courseOf(session),
    estimate: sessionMinutes(session, view),
    remaining: remainingMinutes(sessionItem(session, view)),
    jobsRead: true,
  };
}

function refOf({ arn, name }: Project) {
  return { arn, name };
}

/** What both kinds say of their course. */
function courseOf({ status, counters, created, started, stopped }: Run | Session) {
  return { completed: phaseOf(status) === 'completed', counters, created, started, stopped };
}

/** What one listing left unsettled, without what the service no longer knows. */
function stillKnown(
  kind: Usage['kind'],
  { gone, task }: ProjectReading,
): Readonly<Record<string, Unsettled>> {
  return Object.fromEntries(
    Object.entries(task.memory.unsettled).filter(([arn, { usage }]) => usage.kind === kind && !gone.has(arn)),
  );
}

/** First sights of work that may still be RUNNING although this sweep did not see it: its clock goes on. */
function hiddenSince({
  task: { memory },
  runs,
  sessions,
  jobs,
  gone,
}: ProjectReading): Readonly<Record<string, number>> {
  const seen = new Set([...runs.items, ...sessions.items].map(({ arn }) => arn));
  const isHidden = (arn: string): boolean =>
    jobs.get(arn)?.complete === false ||
    (memory.unsettled[arn] !== undefined && !seen.has(arn) && !gone.has(arn));
  return Object.fromEntries(
    Object.entries(memory.runningSince).filter(([arn]) => isHidden(parseArn(arn)?.runArn ?? arn)),
  );
}

function vanished({ gone, task }: ProjectReading): readonly Usage[] {
  return Object.values(task.memory.unsettled)
    .filter(({ usage }) => gone.has(usage.arn))
    .map(({ usage: { remaining: _, ...last } }) => ({ ...last, basis: 'estimated' as const }));
}

/** What is kept because it cannot be judged, the same for many items in one sentence. */
function oddities({ name }: Project, runs: readonly Run[], items: readonly WorkItem[]): readonly string[] {
  const why = [
    ...runs.filter(({ status }) => phaseOf(status) === 'unknown').map((run) => `run: ${whyUnknown(run)}`),
    ...items.filter(({ phase }) => phase === 'unknown').map((item) => `${item.kind}: ${whyUnknown(item)}`),
  ];
  const counts = new Map<string, number>();
  for (const text of why) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(
    ([text, count]) => `project "${plain(name)}": ${count} kept, as nobody can judge it: ${text}`,
  );
}

/** Every job and session that was seen, by ARN. */
export function seenIn({ sessions, jobs }: ProjectReading): readonly (Job | Session)[] {
  return [...sessions.items, ...[...jobs.values()].flatMap((read) => read.items)];
}

/** The survey with the progress of each RUNNING job, in its item and in the memory. */
export function withProgress(found: ProjectSurvey, reading: ProjectReading, now: number): ProjectSurvey {
  const progress = progressOfJobs(reading, found.memory, now);
  return {
    ...found,
    items: found.items.map((item) => {
      const own = item.status === 'RUNNING' ? progress[item.arn] : undefined;
      return own ? { ...item, progress: { since: own.since, rose: own.rose } } : item;
    }),
    memory: { ...found.memory, progress },
  };
}

/** By job ARN; of jobs that this sweep did not see, what was known, as long as their run has not settled. */
function progressOfJobs(
  { jobs, task: { memory: before } }: ProjectReading,
  after: ProjectMemory,
  now: number,
): Readonly<Record<string, Progress>> {
  const known = before.progress ?? {};
  const all = [...jobs.values()].flatMap((read) => read.items);
  const seen = new Set(all.map(({ arn }) => arn));
  const hidden = Object.entries(known).filter(
    ([arn]) => !seen.has(arn) && after.unsettled[parseArn(arn)?.runArn ?? ''] !== undefined,
  );
  const running = all.filter(({ status }) => status === 'RUNNING');
  return Object.fromEntries([
    ...hidden,
    ...running.map((job) => [job.arn, progressOf(job, known[job.arn], now)] as const),
  ]);
}

function progressOf(job: Job, before: Progress | undefined, now: number): Progress {
  const counters = countersOf(job);
  if (!before) return { counters, since: now, rose: false };
  const names = new Set([...Object.keys(counters), ...Object.keys(before.counters)]);
  const moved = [...names].some((name) => counters[name] !== before.counters[name]);
  // A counter that was absent does not say where it stood: it has moved, and was not seen to rise.
  const rises = Object.entries(counters).some(
    ([name, value]) => value > (before.counters[name] ?? Number.POSITIVE_INFINITY),
  );
  return { counters, since: moved ? now : before.since, rose: before.rose || rises };
}

function countersOf({ counters, testCounters = {} }: Job): Readonly<Record<string, number>> {
  const minutes = Object.entries(counters).map(([name, value]) => [`${name}Minutes`, value] as const);
  return Object.fromEntries(
    [...Object.entries(testCounters), ...minutes].flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
