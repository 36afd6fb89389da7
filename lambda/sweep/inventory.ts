import pMap from 'p-map';
import { AwsCallError, SweepFailedError } from '../errors.ts';
import type { AccountSettings, Job, Project, Session, Usage, WorkItem } from '../model.ts';
import type { Snapshot, Stored } from '../store/state.ts';
import { plain } from '../text.ts';
import { HOUR } from '../time.ts';
import { budgetHorizon } from '../usage/budgets.ts';
import { LIFETIME_HOURS } from '../usage/settle.ts';
import type { Invocation, Readers } from '../wiring.ts';
import { type ProjectTask, withinTime } from './inventory-listing.ts';
import { type ProjectReading, readJobsOfEnded, readProject } from './inventory-project.ts';
import { type ProjectSurvey, seenIn, survey, withProgress } from './inventory-survey.ts';
import {
  blankMemory,
  dueProjects,
  isMissed,
  NO_ROTATION,
  PROJECT,
  type ProjectMemory,
  ROTATION,
  ROTATION_ID,
  type Rotation,
} from './project-memory.ts';
import { readAccount } from './read-account.ts';
import { keepDurations } from './read-histories.ts';

/** Projects read and written at once; the rate limits are kept by the client. */
const AT_ONCE = 16;
/** Names of projects in one sentence. */
const NAMES = 10;

/** Everything in flight, and what it uses. */
export interface Inventory {
  readonly projects: readonly Pick<Project, 'arn' | 'name'>[];
  readonly account?: AccountSettings;
  readonly activeRuns: number;
  readonly items: readonly WorkItem[];
  /** Runs and sessions without final minutes, and those that this sweep settled. */
  readonly usages: readonly Usage[];
  /** Settled by this sweep; in the ledger by now, unless diagnostics say otherwise. */
  readonly settled: readonly Usage[];
  /** Every job and session that was seen, finished ones of active runs included, by ARN. */
  readonly seen: ReadonlyMap<string, Job | Session>;
  /** From when on all projects' runs and sessions are in the ledger or here; absent: not all are. */
  readonly completeFrom?: number;
  /** ARNs of projects that this sweep read completely. */
  readonly readProjects: ReadonlySet<string>;
}

/** What state knows of the projects. */
interface Known {
  readonly memories: ReadonlyMap<string, Stored<ProjectMemory>>;
  readonly rotation: Stored<Rotation> | undefined;
}

/**
 * Reads the projects that are due, settles what has ended, and remembers the rest. One unreadable project hides no other. It
 * uses at most half of the time that is left at its beginning; projects that it could not read come first next time.
 * @throws SweepFailedError when not even one project is known
 */
export async function takeInventory(
  services: Readers,
  snapshot: Snapshot,
  invocation: Invocation,
  {
    write,
    projects,
  }: {
    /** Whether it may remember what it saw; a plan may not, and reads every project. */
    readonly write: boolean;
    /** All projects of the account, where the caller has listed them already. */
    readonly projects?: readonly Project[];
  } = { write: true },
): Promise<Inventory> {
  const { diagnostics, now, accountId } = invocation;
  const farm = withinTime(services.farm, invocation);
  const known = { memories: snapshot.all(PROJECT), rotation: snapshot.get(ROTATION, ROTATION_ID) };
  const account = await readAccount(services, snapshot, invocation, { write });
  const pages = projects ? [projects] : farm.projects();
  const listed = await listProjects(pages, known, invocation);
  const tasks = tasksOf(listed, known, invocation, account);
  const due = write ? dueTasks(tasks, known, now) : tasks;
  const begunReadings = await pMap(
    due,
    async (task) => (farm.isLate() ? [] : [await readProject(farm, task, now, diagnostics)]),
    { concurrency: AT_ONCE },
  );
  const readings = begunReadings.flat();
  await readJobsOfEnded(farm, readings, now, diagnostics);
  const needsProgress = invocation.policy.rules.some(({ type }) => type === 'stalled');
  const surveys = readings.map((reading) => {
    const found = survey(reading, accountId, now);
    return needsProgress ? withProgress(found, reading, now) : found;
  });
  for (const { problems } of surveys) for (const text of problems) diagnostics.note(text);
  const read = new Set(readings.filter(isComplete).map(({ task }) => task.project.arn));
  const begun = new Set(readings.map(({ task }) => task));
  const unread = tasks.filter((task) => !begun.has(task));
  reportUnread([...unread, ...readings.filter(brokeOff).map(({ task }) => task)], known, invocation);
  if (write) await remember(services, { known, listed, readings, surveys, read }, invocation);
  const settled = surveys.flatMap((found) => found.settled);
  return {
    projects: listed.projects.map(({ arn, name }) => ({ arn, name })),
    ...(account && { account }),
    activeRuns: surveys.reduce((sum, { activeRuns }) => sum + activeRuns, 0),
    items: surveys.flatMap(({ items }) => items),
    usages: [
      ...surveys.flatMap(({ unsettled }) => unsettled),
      // What an unread project had in flight still counts.
      ...unread.flatMap(({ memory }) => Object.values(memory.unsettled).map(({ usage }) => usage)),
      ...settled,
    ],
    settled,
    seen: new Map(readings.flatMap(seenIn).map((work) => [work.arn, work])),
    ...completeFrom(listed, [...surveys, ...unread]),
    readProjects: read,
  };
}

/** The projects that there are. */
interface ListedProjects {
  readonly projects: readonly Project[];
  /** The service listed all of them; else those that state knows stand for the others. */
  readonly complete: boolean;
}

async function listProjects(
  pages: Iterable<readonly Project[]> | AsyncIterable<readonly Project[]>,
  known: Known,
  { diagnostics }: Invocation,
): Promise<ListedProjects> {
  const projects = new Map<string, Project>();
  try {
    for await (const page of pages) {
      for (const project of page) projects.set(project.arn, project);
    }
    if (projects.delete('')) diagnostics.hidden('some projects have no ARN and are left out');
    return { projects: [...projects.values()], complete: true };
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    projects.delete('');
    for (const project of remembered(known))
      if (!projects.has(project.arn)) projects.set(project.arn, project);
    if (projects.size === 0) throw new SweepFailedError(error.message, { cause: error });
    diagnostics.refused('not all projects could be listed; the known ones are read', error.error, {
      hides: true,
    });
    return { projects: [...projects.values()], complete: false };
  }
}

/** The projects of the last complete listing; without it, all that were ever read. */
function remembered({ memories, rotation }: Known): readonly Project[] {
  if (!rotation) return [...memories.values()].map(({ value }) => value.project);
  return Object.entries(rotation.value.projects).map(
    ([arn, { name }]) => memories.get(arn)?.value.project ?? { arn, name },
  );
}

/** One task for each project, and one for each deleted project that had work in flight: what it used does not go with it. */
function tasksOf(
  { projects }: ListedProjects,
  { memories }: Known,
  { policy, now }: Invocation,
  account: AccountSettings | undefined,
): readonly ProjectTask[] {
  // As far as figures look back, and as far as a run can live.
  const from = Math.min(budgetHorizon(policy, [], now) ?? now, now - LIFETIME_HOURS * HOUR);
  const listed = new Set(projects.map(({ arn }) => arn));
  const deleted = [...memories.values()].flatMap(({ value: memory }): readonly ProjectTask[] => {
    const isGone = !listed.has(memory.project.arn) && Object.keys(memory.unsettled).length > 0;
    return isGone ? [{ project: memory.project, memory, from, isDeleted: true }] : [];
  });
  return [
    ...deleted,
    ...projects.map((project) => {
      // 0 is no timeout.
      const timeout = project.defaultJobTimeoutMinutes || account?.defaultJobTimeoutMinutes;
      const full = { ...project, ...(timeout && { defaultJobTimeoutMinutes: timeout }) };
      return { project: full, memory: memories.get(project.arn)?.value ?? blankMemory(full), from };
    }),
  ];
}

function dueTasks(
  tasks: readonly ProjectTask[],
  { memories, rotation }: Known,
  now: number,
): readonly ProjectTask[] {
  const byArn = new Map(tasks.map((task) => [task.project.arn, task]));
  const projects = tasks.map(({ project }) => project);
  const due = dueProjects(
    projects,
    rotation?.value ?? NO_ROTATION,
    (arn) => hasWork(memories.get(arn)?.value),
    now,
  );
  return due.flatMap(({ arn }) => byArn.get(arn) ?? []);
}

/** Whether something was in flight when the project was last read. */
function hasWork(memory: ProjectMemory | undefined): boolean {
  return Object.values(memory?.unsettled ?? {}).some(({ completedSince }) => completedSince === undefined);
}

function isComplete({ runs, sessions }: ProjectReading): boolean {
  return runs.complete && sessions.complete;
}

/** Time was up before it was read completely. */
function brokeOff({ runs, sessions }: ProjectReading): boolean {
  return (!runs.complete && runs.outOfTime === true) || (!sessions.complete && sessions.outOfTime === true);
}

function reportUnread(
  unread: readonly ProjectTask[],
  { rotation }: Known,
  { now, diagnostics }: Invocation,
): void {
  const missed = unread.filter(({ project, memory }) =>
    isMissed(project, rotation?.value ?? NO_ROTATION, hasWork(memory), now),
  );
  if (missed.length === 0) return;
  const names = missed.slice(0, NAMES).map(({ project }) => `"${plain(project.name)}"`);
  if (missed.length > NAMES) names.push(`and ${missed.length - NAMES} more`);
  diagnostics.hidden(
    `no time was left to read ${missed.length} projects, which come first next time: ${names.join(', ')}`,
  );
}

/** Absent while there may be projects, or times of a project, of which nothing is known. */
function completeFrom(
  { complete }: ListedProjects,
  all: readonly { readonly memory: ProjectMemory }[],
): Pick<Inventory, 'completeFrom'> {
  const from = all.flatMap(({ memory: { runs, sessions } }) => [runs.settled?.from, sessions.settled?.from]);
  if (!complete || from.includes(undefined)) return {};
  return { completeFrom: from.reduce((latest: number, one = 0) => Math.max(latest, one), 0) };
}

/** The ledger before the watermarks: a crash in between costs a second writing, never a missing usage. */
async function remember(
  services: Readers,
  taken: {
    readonly known: Known;
    readonly listed: ListedProjects;
    readonly readings: readonly ProjectReading[];
    readonly surveys: readonly ProjectSurvey[];
    /** ARNs of the projects that were read completely. */
    readonly read: ReadonlySet<string>;
  },
  invocation: Invocation,
): Promise<void> {
  const { ledger, state } = services;
  const { diagnostics } = invocation;
  const { known, readings, surveys } = taken;
  const settled = surveys.flatMap((found) => found.settled);
  const isInLedger = await diagnostics.during(
    'what has ended could not be written to the ledger',
    ledger.add(settled).then(() => true),
    false,
  );
  await pMap(
    surveys.filter((found) => found.hasNews && (isInLedger || found.settled.length === 0)),
    ({ memory }) =>
      diagnostics.during(
        `project "${plain(memory.project.name)}" could not be remembered`,
        // Refused: another sweep has written since, and read as much as this one.
        state.replace(PROJECT, memory.project.arn, memory, known.memories.get(memory.project.arn)),
        false,
      ),
    { concurrency: AT_ONCE },
  );
  await pMap(readings, (reading) => keepDurations(services, reading, invocation), { concurrency: AT_ONCE });
  await diagnostics.during(
    'when the projects were read could not be remembered',
    state.replace(ROTATION, ROTATION_ID, nextRotation(taken, invocation.now), known.rotation),
    false,
  );
}

function nextRotation(
  { known, listed, readings, read }: Parameters<typeof remember>[1],
  now: number,
): Rotation {
  const before = known.rotation?.value ?? NO_ROTATION;
  const asked = new Map(readings.map((reading) => [reading.task.project.arn, reading]));
  const lastReadOf = ({ arn, name }: Project): Rotation['projects'][string] => {
    const last = before.projects[arn];
    const reading = asked.get(arn);
    if (!reading) return { ...last, name, askedAt: last?.askedAt ?? 0 };
    const created = [...reading.runs.items, ...reading.sessions.items].map((work) => work.created ?? 0);
    const newestAt = created.reduce((a, b) => Math.max(a, b), last?.newestAt ?? 0);
    const readAt = read.has(arn) ? now : last?.readAt;
    return { name, askedAt: now, ...(readAt !== undefined && { readAt }), newestAt };
  };
  return {
    sweeps: [...before.sweeps, now].slice(-2),
    projects: Object.fromEntries(listed.projects.map((project) => [project.arn, lastReadOf(project)])),
  };
}
