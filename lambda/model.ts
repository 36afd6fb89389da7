/**
 * The nouns that every folder shares. Times are epoch milliseconds, minutes are device minutes, money is integer
 * micro-dollars (millionths of a US dollar), unless a name says otherwise.
 */

import type { ServiceError } from './errors.ts';
// ---------------------------------------------------------------------------------------------- what Device Farm says

/** Device Farm marks every member optional, so anything can be absent. Texts stay as they came. */
export interface Project {
  readonly arn: string;
  readonly name: string;
  readonly defaultJobTimeoutMinutes?: number;
}

/** The counters `deviceMinutes` as reported; a member that is not a finite number of at least 0 is absent. */
export type Counters = Partial<DeviceMinutes>;

/** `unknown` counts as metered in figures, and is never stopped for money. */
export type Billing = 'metered' | 'unmetered' | 'unknown';

/** What runs, jobs and sessions have in common. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  /** As reported; `''` when absent. */
  readonly status: string;
  readonly result?: string;
  readonly created?: number;
  readonly started?: number;
  readonly stopped?: number;
  readonly counters: Counters;
}

export interface Run extends Execution {
  readonly billing: Billing;
  readonly platform?: string;
  readonly testType?: string;
  readonly totalJobs?: number;
  readonly timeoutMinutes?: number;
  /** Value of the run's environment variable `AUTOSTOP_KEY`. No variable but these two is kept: people put secrets there. */
  readonly key?: string;
  /** Whom its environment variable `AUTOSTOP_OWNER` names. */
  readonly owner?: string;
}

export interface Job extends Execution {
  /** Marketing name of the device, such as "Google Pixel 8"; the job's name when the device is absent. */
  readonly device: string;
  readonly platform?: string;
  /** The device belongs to the account (private fleet): its minutes are not metered. */
  readonly privateDevice: boolean;
  /** The counters of its tests, such as `passed`, as reported. */
  readonly testCounters?: Readonly<Record<string, number>>;
}

export interface Session extends Execution {
  readonly device: string;
  readonly platform?: string;
  readonly privateDevice: boolean;
  readonly billing: Billing;
}

/** https://docs.aws.amazon.com/devicefarm/latest/APIReference/API_AccountSettings.html */
export interface AccountSettings {
  /** Timeout of jobs whose run and project set none. */
  readonly defaultJobTimeoutMinutes?: number;
  readonly trial?: { readonly total?: number; readonly remaining?: number };
  /** Bought slots by platform, such as ANDROID. */
  readonly unmeteredSlots: {
    readonly jobs: Readonly<Record<string, number>>;
    readonly sessions: Readonly<Record<string, number>>;
  };
}

/** The answer to "how is it now". A failed read is never `gone`. */
export type Reading<T> =
  | { readonly state: 'found'; readonly value: T }
  | { readonly state: 'gone' }
  | { readonly state: 'unreadable'; readonly error: ServiceError };

// ------------------------------------------------------------------------------------------------ work and its minutes

/**
 * Where a work item stands. `queued` costs nothing to stop; `started` bills setup, tests and teardown
 * (https://docs.aws.amazon.com/devicefarm/latest/APIReference/API_StopJob.html). `unknown` is never a reason to stop.
 */
export type Phase = 'queued' | 'started' | 'stopping' | 'completed' | 'unknown';

const PHASES: Readonly<Record<string, Phase>> = {
  PENDING: 'queued',
  PENDING_CONCURRENCY: 'queued',
  PENDING_DEVICE: 'queued',
  SCHEDULING: 'queued',
  PREPARING: 'started',
  RUNNING: 'started',
  PROCESSING: 'started',
  STOPPING: 'stopping',
  COMPLETED: 'completed',
};

/** The phase of a status as Device Farm reports it; `unknown` for a status that is not documented. */
export function phaseOf(status: string): Phase {
  return Object.hasOwn(PHASES, status) ? (PHASES[status] ?? 'unknown') : 'unknown';
}

/**
 * Device minutes told apart. `total` is occupancy, `metered` is money; they do not add up
 * (https://github.com/aws/aws-sdk-js/issues/3978).
 */
export interface DeviceMinutes {
  readonly total: number;
  readonly metered: number;
  readonly unmetered: number;
}

/** One job or session that is not COMPLETED, joined with its run and project. */
export interface WorkItem {
  readonly arn: string;
  readonly kind: 'job' | 'session';
  /** The device's name for a job, the session's own name for a session. */
  readonly name: string;
  readonly device: string;
  readonly project: Pick<Project, 'arn' | 'name'>;
  /** The run that a job belongs to. */
  readonly run?: {
    readonly arn: string;
    readonly name: string;
    /** Sum over all jobs of the run, finished ones included. */
    readonly minutes: DeviceMinutes;
    readonly devices: number;
    /** Value of `AUTOSTOP_KEY`. */
    readonly key?: string;
  };
  /** Who is told of it: by its run's `AUTOSTOP_OWNER`, else by a tag. No decision rests on it. */
  readonly owner?: string;
  readonly status: string;
  readonly phase: Phase;
  readonly platform?: string;
  readonly testType?: string;
  readonly created?: number;
  /** Creation of its run (of itself for a session): its usage belongs to the budget period of that moment. */
  readonly usageAt?: number;
  /** When it began RUNNING: as reported, else the moment AutoStop first saw it RUNNING. Absent unless RUNNING. */
  readonly runningSince?: number;
  readonly runningSinceSource?: 'reported' | 'observed';
  readonly billing: Billing;
  /** Used up to now: the counters or, in flight, the estimate. */
  readonly minutes: DeviceMinutes;
  readonly timeoutMinutes?: number;
  /** Of a RUNNING job: since when no counter has moved, and whether one has been seen to rise. */
  readonly progress?: { readonly since: number; readonly rose: boolean };
}

/** Minutes of one run or one session, as budgets see them. They count in the period in which it was created. */
export interface Usage {
  readonly arn: string;
  readonly kind: 'run' | 'session';
  readonly project: Pick<Project, 'arn' | 'name'>;
  /** The run's name; absent for a session. */
  readonly run?: string;
  readonly platform?: string;
  readonly testType?: string;
  readonly billing: Billing;
  readonly created: number;
  readonly minutes: DeviceMinutes;
  /** What it can still use before its timeout; only while it is in flight. */
  readonly remaining?: DeviceMinutes;
  /** `final`: the service's counters. `estimated`: settled without counters. `inFlight`: not settled yet. */
  readonly basis: 'final' | 'estimated' | 'inFlight';
  /** Final minutes less the last estimate in flight, in billed minutes. Absent when it was never estimated. */
  readonly estimateError?: number;
}

// --------------------------------------------------------------------------------------------- verdicts and decisions

export type Mode = 'observe' | 'enforce';

/** Which state of the work a stop is meant for: read again just before the call. */
export type StopScope = 'queued' | 'any';

/** What one rule says of one work item. */
export interface Verdict {
  /** Id of the rule. */
  readonly rule: string;
  readonly verdict: 'within' | 'over' | 'notApplicable';
  /** A sentence with the numbers in it. It is made when somebody reads it. */
  reason(): string;
  /** The weaker of the rule's own mode and the policy's. */
  readonly mode: Mode;
  readonly scope: StopScope;
  /** The rule stops exempt work too. */
  readonly ignoresExemptions: boolean;
}

/** What follows from all verdicts on one work item. */
export interface Decision {
  readonly item: WorkItem;
  /** `observe`: only rules in observe mode are over, so it would be stopped. */
  readonly action: 'keep' | 'observe' | 'stop';
  /** The rule that decided; absent when nothing is over. */
  readonly rule?: string;
  reason(): string;
  readonly scope: StopScope;
  /** Id of the exemption that keeps the item although a rule is over. */
  readonly exemption?: string;
  readonly verdicts: readonly Verdict[];
}

// ----------------------------------------------------------------------------------------------------------- stopping

/** What a stop names: a work item, or as much of one as its ARN tells; or a whole run. */
export interface StopTarget extends Partial<Omit<WorkItem, 'kind' | 'arn'>> {
  readonly arn: string;
  readonly kind: 'job' | 'session' | 'run';
}

/** The request to stop one work item. The same object goes from the decision or the order to the last record. */
export interface Stop {
  readonly target: StopTarget;
  /** A sentence with the numbers in it. */
  readonly reason: string;
  readonly scope: StopScope;
  /** `schedule`, or `sns:<message id>` for an order. */
  readonly actor: string;
  /** The rule, `budget:<name>` or `alarm:<name>`; absent for a person's order. */
  readonly rule?: string;
  /** It applies to exempt work too: the order names the work itself, or says so. */
  readonly ignoresExemptions?: boolean;
}

/** What became of a stop. */
export interface StopResult {
  /**
   * `stopped`: Device Farm accepted the request now. `alreadyStopping`: asked before, by AutoStop or somebody else. `ended`: it had
   * ended or is gone. `skipped`: it is no longer what the stop was meant for, or nobody can tell. `held`: see `hold`.
   */
  readonly kind: 'stopped' | 'alreadyStopping' | 'ended' | 'skipped' | 'held' | 'failed';
  readonly stop: Stop;
  readonly reason: string;
  /** Something is left to do: an order is not finished, a later sweep goes on. */
  readonly retry: boolean;
  /** Why a decided stop is not made now. */
  readonly hold?: 'paused' | 'exempt' | 'unknown' | 'cap' | 'breaker' | 'time';
  /** What kind of refusal it was; only of `failed` and `skipped`. */
  readonly error?: ServiceError['kind'];
  /** `alreadyStopping` by an earlier delivery of the same order. */
  readonly byThisOrder?: boolean;
}

// -------------------------------------------------------------------------------------------------------- audit trail

/**
 * One line of the audit trail. `subject` and `id` are its key. An id is deterministic, so that writing the same thing
 * twice collides instead of adding up. The table adapter adds the time of writing.
 */
export interface AuditRecord {
  /** ARN of the work, run or project; `guard` for orders, thresholds, pauses and exemptions; `sweep#<UTC day>`. */
  readonly subject: string;
  readonly id: string;
  readonly event:
    | 'StopRequested'
    | 'StopAccepted'
    | 'StopFailed'
    | 'StopSkipped'
    | 'StopConfirmed'
    | 'StopEscalated'
    | 'StopHeld'
    | 'WouldStop'
    | 'WouldStopEnded'
    | 'CommandReceived'
    | 'CommandRejected'
    | 'ThresholdCrossed'
    | 'GuardPaused'
    | 'GuardResumed'
    | 'ExemptionGranted'
    | 'ExemptionRevoked'
    | 'LimitExtended'
    | 'WarningSent'
    | 'SweepCompleted';
  /** `schedule` or `sns:<message id>`. */
  readonly actor: string;
  /** A sentence for the person on call, with the numbers in it. */
  readonly reason: string;
  readonly mode: Mode;
  readonly policyVersion: string;
  readonly rule?: string;
  readonly attempt?: number;
  readonly sweepId?: string;
  /** Name of the project, of the run, of the device. */
  readonly project?: string;
  readonly run?: string;
  readonly device?: string;
  /** Who is told of the work. */
  readonly owner?: string;
  readonly minutes?: DeviceMinutes;
  readonly money?: number;
  /** Whether the work had started, so that its minutes so far are billed or occupied. */
  readonly billed?: boolean;
  /** Seconds from the accepted stop request to its effect. */
  readonly seconds?: number;
  /** Device minutes that a stop avoided at most, up to the timeout of the work; 0 where it ended by itself. */
  readonly avoided?: number;
  /** Money for them; absent when it is not known whether they are metered. */
  readonly avoidedMoney?: number;
  /** Device minutes that a stop avoided likely, up to the usual duration of such work; absent when none is known. */
  readonly avoidedLikely?: number;
  readonly avoidedLikelyMoney?: number;
  /** The minutes are an estimate by the clock: the service had no final counters yet. */
  readonly estimated?: boolean;
  /** What following the stop needs, what an order asked for, or the counts of a sweep. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A record as it is read back. */
export interface StoredAuditRecord extends AuditRecord {
  /** ISO 8601 time of writing, milliseconds, UTC; and its UTC day. */
  readonly at: string;
  readonly day: string;
}
