import type { AccountSettings } from './core/account-settings.ts';
import type { AuditRecord, StoredAuditRecord } from './core/audit-record.ts';
import type { Charge } from './core/charge.ts';
import type { ProjectMemory } from './core/inventory/project-memory.ts';
import type { DeviceSamples } from './core/inventory/run-history.ts';
import type { LessonSample } from './core/lessons/lesson.ts';
import type { LessonSamples } from './core/lessons/lessons-of.ts';
import type { WatchedStop } from './core/lessons/watched-stop.ts';
import type { BreakerMemory } from './core/safety/breaker.ts';
import type { Billing, Job, Project, Run, Session } from './core/service.ts';
import type { ServiceError } from './core/service-error.ts';
import type { DaySums, KeptDay } from './core/spend/kept-day.ts';
import type { HeldOrder } from './core/steering/held-order.ts';

/**
 * A listing, page by page. Ends normally only when the service said that there are no more pages;
 * throws `ListingError` when a page could not be read, a token came back twice or the page cap was reached.
 */
export type Pages<T> = AsyncIterable<readonly T[]>;

/** The answer to "how is it now". A failed read is never "gone". */
export type Reading<T> =
  | { readonly state: 'found'; readonly value: T }
  | { readonly state: 'gone' }
  | { readonly state: 'unreadable'; readonly error: ServiceError };

/** Device Farm, read only. */
export interface DeviceFarm {
  projects(): Pages<Project>;
  runs(projectArn: string): Pages<Run>;
  jobs(runArn: string): Pages<Job>;
  sessions(projectArn: string): Pages<Session>;
  run(arn: string): Promise<Reading<Run>>;
  job(arn: string): Promise<Reading<Job>>;
  session(arn: string): Promise<Reading<Session>>;
  accountSettings(): Promise<Reading<AccountSettings>>;
}

/** The account's settings as they were last read, so that they need not be read at every sweep. */
export interface AccountMemory {
  last(): Promise<{ readonly settings: AccountSettings; readonly readAt: number } | undefined>;
  /** `readAt` is epoch milliseconds. */
  keep(settings: AccountSettings, readAt: number): Promise<void>;
}

/** Tags of runs and projects, by key. */
export interface Tags {
  of(arn: string): Promise<Reading<Readonly<Record<string, string>>>>;
}

/** What became of a request to stop. */
export type StopReply =
  /** The service took the request, now or in an earlier call of the same attempt; `status` is what it replied then. */
  | { readonly kind: 'accepted'; readonly status: string }
  /** Another invocation is making this very call. */
  | { readonly kind: 'inProgress' }
  /** The service refused. */
  | { readonly kind: 'refused'; readonly error: ServiceError }
  /** The idempotency record could not be read or written: nothing is known of the stop. */
  | { readonly kind: 'unrecorded'; readonly error: ServiceError };

/** The one effect: at most one call per ARN and attempt, whoever asks. */
export interface Stopper {
  request(
    target: { readonly kind: 'job' | 'session'; readonly arn: string },
    attempt: number,
  ): Promise<StopReply>;
  /** Stops all jobs of a run by one call: only for a run of which nothing is to be left. Attempts are those of the run. */
  requestRun(runArn: string, attempt: number): Promise<StopReply>;
}

/** The audit trail: only adds and reads. Throws when the table does not answer. */
export interface AuditTrail {
  /** `existed`: a record with this subject and id is there already and was left as it is. */
  add(record: AuditRecord): Promise<'written' | 'existed'>;
  /** Records of a subject, all or those whose ids begin with `prefix`, in the order of their ids, by a consistent read. */
  of(subject: string, prefix?: string): Promise<readonly StoredAuditRecord[]>;
}

/** The audit trail by day, from an index that lags behind it: for people, and to find again what was forgotten. */
export interface AuditLog {
  /** Records of one UTC day (`YYYY-MM-DD`) in the order of writing. Throws when the table does not answer. */
  onDay(day: string): Promise<readonly StoredAuditRecord[]>;
}

/** Settled runs and sessions. */
export interface Ledger {
  /** Writes charges by ARN; writing one again does not add up. */
  add(charges: readonly Charge[]): Promise<void>;
  /** Charges created in `[from, to)`, epoch milliseconds. */
  between(from: number, to: number): Promise<readonly Charge[]>;
  /** The ARNs of those that are in it, charged to the UTC day of their creation. */
  known(works: readonly Pick<Charge, 'arn' | 'created'>[]): Promise<ReadonlySet<string>>;
  /** What is kept of UTC days since that of `from`, by the first moment of each. */
  days(from: number): Promise<ReadonlyMap<number, KeptDay>>;
  /**
   * Keeps sums of a UTC day that were made of charges read after `seen`; `seen` is `undefined` when nothing was kept.
   * `false`: charges of the day have been written since, and the sums are not kept.
   */
  keepSums(day: number, summed: DaySums, seen: KeptDay | undefined): Promise<boolean>;
}

/** What the guard remembers of each project between sweeps. Losing it costs a re-scan, never a wrong stop. */
export interface ProjectMemories {
  all(): Promise<ReadonlyMap<string, ProjectMemory>>;
  /** Saves if nobody saved since it was read; `false`: somebody did, and theirs stays. */
  save(memory: ProjectMemory): Promise<boolean>;
}

/** How long successful jobs took, by project and run name. Losing it makes rules that compare with it wait. */
export interface RunHistory {
  of(projectArn: string, runName: string): Promise<DeviceSamples>;
  /** Adds to what is known; a job that is known already is not added again. */
  add(projectArn: string, runName: string, samples: DeviceSamples): Promise<void>;
}

/** A stop that was decided and whose end has not been seen. */
export interface OpenStop {
  readonly arn: string;
  readonly kind: 'job' | 'session';
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly requestedAt: number;
  readonly actor: string;
  /** How the work is billed, if whoever stopped it knew. */
  readonly billing?: Billing;
  /** Minutes that the work may run, if whoever stopped it knew. */
  readonly timeoutMinutes?: number;
  /** The stop holds only while the work has not started. */
  readonly only?: 'queued';
}

export interface OpenStops {
  open(stop: OpenStop): Promise<void>;
  all(): Promise<readonly OpenStop[]>;
  close(arn: string): Promise<void>;
}

/** What is kept of the work that a message means: what its ARN does not tell. */
export interface CommandTarget {
  readonly kind: 'job' | 'session';
  readonly arn: string;
  readonly subject?: Pick<AuditRecord, 'project' | 'run' | 'device'>;
  readonly billing?: Billing;
  readonly timeoutMinutes?: number;
}

/** A list of targets; one that is not complete lacks what could not be read. */
export interface FixedTargets {
  readonly targets: readonly CommandTarget[];
  readonly complete: boolean;
}

/** The targets that a message was resolved to: fixed once, so that a repetition goes on with the same list. */
export interface Commands {
  find(messageId: string): Promise<(FixedTargets & { readonly done: boolean }) | undefined>;
  /** Keeps the first complete list for a message id, with those before it that lacked something, and returns what is kept. */
  fix(messageId: string, found: FixedTargets): Promise<readonly CommandTarget[]>;
  finish(messageId: string): Promise<void>;
}

/** Things to tell once: claimed before, marked told after. */
export interface Tellings {
  /** `true`: tell it now. `false`: it was told, or somebody claimed it just now and is telling it. */
  claim(key: string): Promise<boolean>;
  told(key: string): Promise<void>;
}

/** The places of the rolling hour in which rules and messages of AWS may stop. Throws when the table does not answer. */
export interface StopAllowance {
  /**
   * Takes up to `wanted` places, never more than `limit` in an hour together with all others. They stay taken for an hour
   * after the last stop that they can stand for, which is made within `msLeft` milliseconds.
   */
  take(wanted: number, limit: number, msLeft: number): Promise<TakenAllowance>;
  /** Gives back the places that no accepted stop has used. */
  settle(taken: TakenAllowance, used: number): Promise<void>;
}

export interface TakenAllowance {
  readonly id: string;
  readonly places: number;
}

/** What the breaker remembers between sweeps. */
export interface BreakerMemories {
  /** Turns the memory and keeps the result: of two writers the second turns what the first has kept. */
  turn(turn: (memory: BreakerMemory) => BreakerMemory): Promise<BreakerMemory>;
}

/** Stops that messages of AWS ordered and the cap or a pause held back, by ARN. */
export interface HeldOrders {
  keep(order: HeldOrder): Promise<void>;
  all(): Promise<readonly HeldOrder[]>;
  drop(arn: string): Promise<void>;
}

/** Stops that would have been made, and whose work is followed to its end. Losing one costs what it would have taught. */
export interface WatchedStops {
  /** Of one work and rule the first one stays. */
  open(watch: WatchedStop): Promise<void>;
  all(): Promise<readonly WatchedStop[]>;
  close(watch: Pick<WatchedStop, 'arn' | 'rule'>): Promise<void>;
}

/** What would-be stops taught, by rule. Losing it begins anew; the audit trail keeps each of them. */
export interface Lessons {
  all(): Promise<LessonSamples>;
  /** Adds to what is known; work that is known already is not added again. */
  add(rule: string, samples: readonly LessonSample[]): Promise<void>;
}

/** The notification topic. */
export interface Notifier {
  /** Publishes a text; subject at most 100 ASCII characters, as SNS takes. */
  publish(subject: string, text: string): Promise<void>;
}

export type MetricName =
  | 'sweepsEnded'
  | 'partialSweeps'
  | 'failedStops'
  | 'escalatedStops'
  | 'accessDenied'
  | 'stops'
  | 'wouldStop'
  | 'activeItems'
  | 'estimateErrorMinutes';

/** Counts for CloudWatch. */
export interface Metrics {
  count(counts: Readonly<Partial<Record<MetricName, number>>>): void;
}

/** One line a call. Message texts are constants; what varies goes into `details`. */
export interface Log {
  info(message: string, details: Readonly<Record<string, unknown>>): void;
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
  error(message: string, details: Readonly<Record<string, unknown>>): void;
}

/** The one invocation: when it began, and how long it may still run. */
export interface Invocation {
  /** Epoch milliseconds; read once. */
  readonly now: number;
  /** Milliseconds until the function is ended from outside. */
  msLeft(): number;
}
