import type { Lesson } from '../lambda/core/lessons/lesson.ts';
import type { BudgetFigures, SpendFigures, SweepSummary } from '../lambda/core/report/sweep-summary.ts';

/**
 * What `autostop plan --json` prints. Every key is always there; what is not known is `null`. Keys may be added within a
 * format version, never renamed or removed. Times are ISO 8601, minutes are device minutes, money is US dollars.
 */
export interface PlanReport {
  readonly format: 1;
  readonly at: string;
  /** The account that was read, from the ARNs in it; `null` when it has no project. */
  readonly account: string | null;
  readonly policy: {
    readonly file: string;
    readonly version: string;
    readonly mode: 'observe' | 'enforce';
    /** Decided as if `mode` were enforce. */
    readonly asEnforced: boolean;
  };
  /** The guard's state table that was read; `null`: what it remembers was not used. */
  readonly stateTable: string | null;
  /** The audit table whose pauses and exemptions were heeded; `null`: those by message are not known. */
  readonly auditTable: string | null;
  /** Why nothing of `stop` is stopped for now: until when the guard is paused, and by whom; `null`: it is not, or not known. */
  readonly pause: string | null;
  /** Not everything could be read: work that is not listed may be in flight. `problems` says what. */
  readonly partial: boolean;
  readonly problems: readonly string[];
  readonly counts: {
    readonly projects: number;
    readonly activeRuns: number;
    readonly items: number;
    readonly stop: number;
    readonly wouldStop: number;
    readonly keep: number;
  };
  /** Every job and session that is not COMPLETED, by project, run, device and ARN. */
  readonly items: readonly PlanItem[];
  readonly budgets: readonly PlanBudget[];
  /** The account and each project in the current periods, whatever the budgets are about. */
  readonly spend: readonly SpendFigures[];
  /** Trial minutes and unmetered slots; `null` when they could not be read. */
  readonly accountSettings: SweepSummary['account'];
  /** Metered work beside idle unmetered slots, one sentence each. */
  readonly idleSlots: readonly string[];
  readonly longTimeouts: readonly LongTimeout[];
  /** What would-be stops of the rules as they stand have taught; `null`: no state table was read. */
  readonly lessons: readonly Lesson[] | null;
}

export interface PlanItem {
  readonly arn: string;
  readonly kind: 'job' | 'session';
  readonly project: string;
  readonly projectArn: string;
  /** `null` for a session. */
  readonly run: string | null;
  readonly runArn: string | null;
  readonly name: string;
  readonly device: string;
  readonly platform: string | null;
  readonly testType: string | null;
  readonly status: string;
  readonly phase: 'queued' | 'started' | 'stopping' | 'unknown';
  readonly billing: 'metered' | 'unmetered' | 'unknown';
  /** Used up to now: the service's counters or, while it runs, an estimate by the clock. */
  readonly minutes: { readonly total: number; readonly metered: number; readonly unmetered: number };
  /** Of its metered minutes. */
  readonly usd: number;
  readonly created: string | null;
  readonly runningSince: string | null;
  /** `observed`: Device Farm does not say; this is when it was first seen RUNNING. */
  readonly runningSinceSource: 'reported' | 'observed' | null;
  readonly timeoutMinutes: number | null;
  /** `would-stop`: only rules in observe mode are over. */
  readonly decision: 'stop' | 'would-stop' | 'keep';
  /** Its turn among all that is to be stopped, from 1 on; `null` when it is kept. */
  readonly order: number | null;
  /** The rule that decided; `null` when it is kept. */
  readonly rule: string | null;
  /** The exemption that keeps it although a rule is over. */
  readonly exemption: string | null;
  readonly reason: string;
  /** What each rule of the policy says; empty for work that no rule may judge. */
  readonly verdicts: readonly {
    readonly rule: string;
    readonly verdict: 'within' | 'over' | 'notApplicable';
    readonly mode: 'observe' | 'enforce';
    readonly reason: string;
  }[];
}

/** One budget in one period. Its figures and `limit` are in `unit`; `incomplete`: they are lower bounds. */
export interface PlanBudget extends BudgetFigures {
  readonly reason: string;
  /** The thresholds that their figure is above. */
  readonly crossed: readonly {
    readonly percent: number;
    readonly basis: 'spent' | 'committed' | 'forecast';
    readonly action: 'notify' | 'stop-queued' | 'stop-all';
  }[];
}

/** A project whose jobs may by default run longer than a rule allows. */
export interface LongTimeout {
  readonly project: string;
  readonly projectArn: string;
  readonly timeoutMinutes: number;
  /** The project sets none, so Device Farm's own default holds. */
  readonly isServiceDefault: boolean;
  readonly rules: readonly {
    readonly rule: string;
    readonly type: 'job-duration' | 'run-minutes';
    readonly maxMinutes: number;
    /** The rule is about a part of the project's jobs only. */
    readonly forSome: boolean;
  }[];
}
