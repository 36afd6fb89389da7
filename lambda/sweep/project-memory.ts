import type { DeviceMinutes, Project, Usage } from '../model.ts';
import type { ItemKind, Snapshot } from '../store/state.ts';
import { isRecord } from '../text.ts';
import { DAY, MINUTE } from '../time.ts';
import { isMinutes, isUsage } from '../usage/settle.ts';

/** What AutoStop remembers of one project from sweep to sweep. */
export interface ProjectMemory {
  readonly project: Project;
  readonly runs: ListingMemory;
  readonly sessions: ListingMemory;
  /** Runs and sessions that have no final minutes yet, by ARN. */
  readonly unsettled: Readonly<Record<string, Unsettled>>;
  /** When a job or session that reports no start was first seen RUNNING, by ARN. */
  readonly runningSince: Readonly<Record<string, number>>;
  /** Counters of RUNNING jobs, by ARN; only while the policy has a rule that looks at them. */
  readonly progress?: Readonly<Record<string, Progress>>;
}

/** How far one listing of a project, its runs or its sessions, has been read and settled. */
export interface ListingMemory {
  /**
   * The watermark: everything created in `[from, through)` is in the ledger, but for what has been unsettled for longer than any
   * run can live. Absent until the first complete listing.
   */
  readonly settled?: { readonly from: number; readonly through: number };
  /** ARNs of what is settled although created after `settled.through`: something older still holds the watermark. */
  readonly ahead: readonly string[];
  /** The listing has once not been newest first, so it is always read in full. */
  readonly unordered?: true;
  /** When time was last up before the listing had been read as far back as figures need it. */
  readonly brokeOffAt?: number;
}

/** A run or session without final minutes. */
export interface Unsettled {
  readonly usage: Usage;
  /** When it ended, else when it was first seen COMPLETED. */
  readonly completedSince?: number;
  /** What it was estimated at when it was last seen in flight. */
  readonly lastEstimate?: DeviceMinutes;
  /** The jobs of the ended run have been listed, or cannot be: `usage.minutes` is the sum of their times. */
  readonly jobsRead?: true;
}

/** The counters of a RUNNING job as they were last seen, and for how long they have been so. */
export interface Progress {
  readonly counters: Readonly<Record<string, number>>;
  /** When a sweep last saw one of them differ, or saw the job RUNNING for the first time. */
  readonly since: number;
  /** One of them has been seen to rise while the job was RUNNING. */
  readonly rose: boolean;
}

/** Ids are project ARNs. */
export const PROJECT: ItemKind<ProjectMemory> = {
  prefix: 'project',
  days: 100,
  parse: (value) => (isMemory(value) ? value : undefined),
};

/** The memory of a project that was never read. */
export function blankMemory(project: Project): ProjectMemory {
  return { project, runs: { ahead: [] }, sessions: { ahead: [] }, unsettled: {}, runningSince: {} };
}

/** A run or session that was in flight when its project was last read. */
export interface KnownInFlight {
  readonly projectArn: string;
  readonly projectName: string;
  /** Of a run. */
  readonly runArn?: string;
  readonly runName?: string;
  /** Of a session. */
  readonly sessionArn?: string;
  readonly created: number;
}

/** Everything that is known to be in flight, without a call to Device Farm. */
export function runsInFlight(snapshot: Snapshot): readonly KnownInFlight[] {
  return [...snapshot.all(PROJECT).values()]
    .flatMap(({ value }) => Object.values(value.unsettled))
    .filter(({ completedSince }) => completedSince === undefined)
    .map(({ usage: { arn, kind, project, run, created } }) => ({
      projectArn: project.arn,
      projectName: project.name,
      created,
      ...(kind === 'run' ? { runArn: arn, runName: run } : { sessionArn: arn }),
    }));
}

function isMemory(value: unknown): value is ProjectMemory {
  return (
    isRecord(value) &&
    isRecord(value.project) &&
    typeof value.project.arn === 'string' &&
    typeof value.project.name === 'string' &&
    isListing(value.runs) &&
    isListing(value.sessions) &&
    isRecordOf(value.unsettled, isUnsettled) &&
    isRecordOf(value.runningSince, Number.isFinite) &&
    (value.progress === undefined || isRecordOf(value.progress, isProgress))
  );
}

function isListing(value: unknown): value is ListingMemory {
  return (
    isRecord(value) &&
    Array.isArray(value.ahead) &&
    value.ahead.every((arn) => typeof arn === 'string') &&
    (value.settled === undefined ||
      (isRecord(value.settled) &&
        Number.isFinite(value.settled.from) &&
        Number.isFinite(value.settled.through))) &&
    isOptionalNumber(value.brokeOffAt)
  );
}

function isUnsettled(value: unknown): boolean {
  return (
    isRecord(value) &&
    isUsage(value.usage) &&
    isOptionalNumber(value.completedSince) &&
    (value.lastEstimate === undefined || isMinutes(value.lastEstimate))
  );
}

function isProgress(value: unknown): boolean {
  return isRecord(value) && isRecordOf(value.counters, Number.isFinite) && Number.isFinite(value.since);
}

function isRecordOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return isRecord(value) && Object.values(value).every(isOne);
}

function isOptionalNumber(value: unknown): boolean {
  return value === undefined || Number.isFinite(value);
}

/** Days after its newest run or session during which a project is read in every sweep. */
const RECENT_DAYS = 7;
/** Milliseconds in which every project is read at least once. */
const ROUND = 30 * MINUTE;
/** Projects that every sweep reads if there are so many: their calls fit into the burst that AutoStop may take. */
const ALWAYS = 25;

/** When the projects of the account were last read. */
export interface Rotation {
  /** The last two sweeps, the older one first. */
  readonly sweeps: readonly number[];
  /** By project ARN. */
  readonly projects: Readonly<
    Record<
      string,
      {
        readonly name: string;
        /** When it was last asked for, whatever came of it. */
        readonly askedAt: number;
        /** When it was last read completely. */
        readonly readAt?: number;
        /** Creation of the newest run or session that was seen in it. */
        readonly newestAt?: number;
      }
    >
  >;
}

/** One item for all projects. */
export const ROTATION: ItemKind<Rotation> = {
  prefix: 'rotation',
  days: 100,
  parse: (value) => (isRotation(value) ? value : undefined),
};
export const ROTATION_ID = 'projects';
export const NO_ROTATION: Rotation = { sweeps: [], projects: {} };

/**
 * The projects that this sweep reads, in that order: those that were never asked for or have work in flight; those that had work
 * in the last 7 days or were not read for 30 minutes; then as many of the others as it takes to read each of them once in
 * 30 minutes. Of each group the longest unread come first.
 */
export function dueProjects(
  projects: readonly Project[],
  rotation: Rotation,
  hasWork: (projectArn: string) => boolean,
  now: number,
): readonly Project[] {
  const askedAt = ({ arn }: Project) => rotation.projects[arn]?.askedAt ?? 0;
  const isUrgent = (project: Project) => Number(hasWork(project.arn) || askedAt(project) === 0);
  const inOrder = projects.toSorted((a, b) => isUrgent(b) - isUrgent(a) || askedAt(a) - askedAt(b));
  const isDue = ({ arn }: Project) => dueSince(rotation.projects[arn], hasWork(arn), now) <= now;
  const due = inOrder.filter(isDue);
  const others = inOrder.filter((project) => !isDue(project));
  const interval = Math.max(0, now - (rotation.sweeps.at(-1) ?? 0));
  const share = Math.ceil(others.length * Math.min(1, interval / ROUND));
  return [...due, ...others.slice(0, Math.max(share, ALWAYS - due.length))];
}

/**
 * Whether a project that this sweep did not read hides something: it was never read, has work in flight, or has been due
 * for three sweeps.
 */
export function isMissed(project: Project, rotation: Rotation, hasWork: boolean, now: number): boolean {
  const last = rotation.projects[project.arn];
  if (last?.readAt === undefined || hasWork) return true;
  const lastButOne = rotation.sweeps.at(-2);
  return lastButOne !== undefined && dueSince(last, hasWork, now) < lastButOne;
}

/** From when on a project is to be read in the next sweep. */
function dueSince(last: Rotation['projects'][string] | undefined, hasWork: boolean, now: number): number {
  if (last?.readAt === undefined) return 0;
  const isRecent = hasWork || (last.newestAt ?? 0) >= now - RECENT_DAYS * DAY;
  return isRecent ? last.readAt : last.readAt + ROUND;
}

function isRotation(value: unknown): value is Rotation {
  return (
    isRecord(value) &&
    Array.isArray(value.sweeps) &&
    value.sweeps.every(Number.isFinite) &&
    isRecord(value.projects) &&
    Object.values(value.projects).every(
      (last) =>
        isRecord(last) &&
        typeof last.name === 'string' &&
        Number.isFinite(last.askedAt) &&
        (last.readAt === undefined || Number.isFinite(last.readAt)) &&
        (last.newestAt === undefined || Number.isFinite(last.newestAt)),
    )
  );
}
