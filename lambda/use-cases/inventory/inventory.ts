import type { Charge } from '../../core/charge.ts';
import type { Job, Project, Session } from '../../core/service.ts';
import type { WorkItem } from '../../core/work-item.ts';

/** Everything in flight, in the projects that were asked for. */
export interface Inventory {
  readonly projects: readonly Project[];
  readonly activeRuns: number;
  readonly items: readonly WorkItem[];
  /** Runs and sessions without final minutes. */
  readonly unsettled: readonly Charge[];
  /** Settled by this sweep; in the ledger by now, unless a problem says otherwise. */
  readonly settled: readonly Charge[];
  /** Every job and session that was seen, finished ones of active runs included, by ARN. */
  readonly seen: ReadonlyMap<string, Job | Session>;
  /** From when on all projects' runs and sessions are in the ledger or here; absent: not all are. Epoch ms. */
  readonly completeFrom?: number;
  /** Something could not be read: `problems` says what. */
  readonly partial: boolean;
  readonly problems: readonly string[];
  readonly accessDenied: number;
}
