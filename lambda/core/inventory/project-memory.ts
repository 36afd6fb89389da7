import type { Charge } from '../charge.ts';
import type { DeviceMinutes } from '../minutes.ts';

/** What the guard remembers of one project from sweep to sweep. Times are epoch milliseconds. */
export interface ProjectMemory {
  readonly projectArn: string;
  readonly runs: ListingMemory;
  readonly sessions: ListingMemory;
  /** Unsettled runs and sessions with their last estimate, by ARN. */
  readonly unsettled: Readonly<Record<string, Unsettled>>;
  /** When a job or session that reports no start was first seen RUNNING, by ARN. */
  readonly runningSince: Readonly<Record<string, number>>;
  /** Counters of RUNNING jobs, by ARN; only while the policy has a rule that looks at them. */
  readonly progress?: Readonly<Record<string, Progress>>;
  /** The last sweep ran out of time before this project: it goes first next time. */
  readonly cutOff?: boolean;
  /** When its listings were last read in full and compared with the ledger; absent until the first time. */
  readonly scannedAt?: number;
  /** When time was last up before its listings had been read in full; absent once they were. */
  readonly cutAt?: number;
  /** Times this was saved; a save is refused when the stored number has moved. 0: never saved. */
  readonly version: number;
}

/** How far one listing (runs, or sessions) of a project has been read and settled. */
export interface ListingMemory {
  /**
   * The ledger holds everything created in `[from, through)`, but for what has been unsettled for longer than any run can
   * live; absent until the first complete listing.
   */
  readonly settled?: { readonly from: number; readonly through: number };
  /** Settled already although created after `settled.through`: an older one still holds the mark. ARNs. */
  readonly ahead: readonly string[];
}

/** A run or session that has no final minutes yet. */
export interface Unsettled {
  readonly charge: Charge;
  /** When it was first seen COMPLETED; the clock of settling when the service reports no end. */
  readonly completedSince?: number;
  /** What it was estimated at when it was last seen in flight; kept until it is settled. */
  readonly lastEstimate?: DeviceMinutes;
}

/** The counters of a RUNNING job as they were last seen, and for how long they have been so. */
export interface Progress {
  readonly counters: Readonly<Record<string, number>>;
  /** When a sweep last saw one of them differ, or saw the job RUNNING for the first time. Epoch milliseconds. */
  readonly since: number;
  /** One of them has been seen to rise while the job was RUNNING. */
  readonly rose: boolean;
}
