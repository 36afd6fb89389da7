import type { DeviceMinutes, Project, Usage } from '../model.ts';
import type { ItemKind, Snapshot } from '../store/state.ts';
import { isRecord } from '../text.ts';
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
