import type { Charge } from './charge.ts';

/** What the guard remembers of one project from sweep to sweep. Times are epoch milliseconds. */
export interface ProjectMemory {
  readonly projectArn: string;
  /** Every run created before this moment is settled and in the ledger; absent until the first complete listing. */
  readonly runsSettledThrough?: number;
  /** The same for sessions. */
  readonly sessionsSettledThrough?: number;
  /** Unsettled runs and sessions with their last estimate, by ARN. */
  readonly unsettled: Readonly<Record<string, Unsettled>>;
  /** When a job or session that reports no start was first seen RUNNING, by ARN. */
  readonly runningSince: Readonly<Record<string, number>>;
  /** Times this was saved; a save is refused when the stored number has moved. 0: never saved. */
  readonly version: number;
}

/** A run or session that has no final minutes yet. */
export interface Unsettled {
  readonly charge: Charge;
  /** When it was first seen COMPLETED; the clock of settling when the service reports no end. */
  readonly completedSince?: number;
}
