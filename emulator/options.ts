import type { ExecutionResult, Platform } from './status.ts';

export type RunOrder = 'newest-first' | 'oldest-first' | 'shuffled';

/** How many devices may be in use at once, per kind of slot. */
export interface Slots {
  readonly meteredAutomation: number;
  readonly meteredRemoteAccess: number;
  readonly unmeteredAutomation: Readonly<Record<Platform, number>>;
  readonly unmeteredRemoteAccess: Readonly<Record<Platform, number>>;
}

export interface AccountLimits {
  readonly maxJobTimeoutMinutes: number;
  readonly defaultJobTimeoutMinutes: number;
  readonly trialMinutes: { readonly total: number; readonly remaining: number };
}

/** What jobs of `ScheduleRun` and sessions of `CreateRemoteAccessSession` do, since nobody seeds them. Minutes. */
export interface ScheduledWork {
  readonly testMinutes: number;
  readonly sessionMinutes: number;
  readonly result: ExecutionResult;
}

/** Every choice that the emulator makes about the service. The README says which are known and which assumed. */
export interface Options {
  /** The clock, epoch milliseconds. All state is worked out from it; there are no timers. */
  readonly now: () => number;
  /** @default '123456789012' */
  readonly accountId: string;
  /** Items per page of every listing. @default 10 */
  readonly pageSize: number;
  /** Token buckets per operation. @default true */
  readonly throttle: boolean;
  /** @default 'ThrottlingException' */
  readonly throttleError: string;
  /** `settled`: minutes are absent or zero until COMPLETED. `live`: they rise while running. @default 'settled' */
  readonly counters: 'settled' | 'live';
  /** Minutes between COMPLETED and the final counters. @default 0 */
  readonly settleMinutes: number;
  /** @default 5 metered jobs, 2 metered sessions, 1 unmetered slot of each kind and platform */
  readonly slots: Slots;
  readonly account: AccountLimits;
  /** Whether `ListRemoteAccessSessions` still shows completed sessions. @default true */
  readonly listCompletedSessions: boolean;
  /** Order of `ListRuns`; a project may have its own. @default 'newest-first' */
  readonly runOrder: RunOrder;
  /** What a stop of COMPLETED, STOPPING or PROCESSING work answers. @default 'unchanged' */
  readonly stopOfFinished: 'unchanged' | 'ArgumentException' | 'NotFoundException';
  /** Error for an ARN of another account or region. @default 'NotFoundException' */
  readonly foreignArnError: string;
  /** Minutes that work may wait for a device. @default 1440 */
  readonly queueLimitMinutes: number;
  /** Days after which a run is deleted. @default 400 */
  readonly retentionDays: number;
  /** Tail of session ARNs. @default '/00000' */
  readonly sessionArnTail: string;
  readonly scheduled: ScheduledWork;
  /** Requests a second of another client of the account, by operation. They take tokens, and do nothing else. @default none */
  readonly otherClient: Readonly<Record<string, number>>;
  /** Requests that `requests` holds at most; the oldest go first. @default 100000 */
  readonly keptRequests: number;
}

type Nested = 'slots' | 'account' | 'scheduled';

/** What a caller gives: the clock, and whatever should differ from the defaults. */
export type EmulatorOptions = Pick<Options, 'now'> &
  Partial<Omit<Options, Nested>> & {
    readonly slots?: Partial<Slots>;
    readonly account?: Partial<AccountLimits>;
    readonly scheduled?: Partial<ScheduledWork>;
    /** Seed of everything random: ids, shuffled pages. @default 1 */
    readonly seed?: number;
  };

const oneEach = { ANDROID: 1, IOS: 1 } as const;

const defaults: Omit<Options, 'now'> = {
  accountId: '123456789012',
  pageSize: 10,
  throttle: true,
  throttleError: 'ThrottlingException',
  counters: 'settled',
  settleMinutes: 0,
  slots: {
    meteredAutomation: 5,
    meteredRemoteAccess: 2,
    unmeteredAutomation: oneEach,
    unmeteredRemoteAccess: oneEach,
  },
  account: {
    maxJobTimeoutMinutes: 150,
    defaultJobTimeoutMinutes: 150,
    trialMinutes: { total: 1000, remaining: 0 },
  },
  listCompletedSessions: true,
  runOrder: 'newest-first',
  stopOfFinished: 'unchanged',
  foreignArnError: 'NotFoundException',
  queueLimitMinutes: 24 * 60,
  retentionDays: 400,
  sessionArnTail: '/00000',
  scheduled: { testMinutes: 10, sessionMinutes: Number.POSITIVE_INFINITY, result: 'PASSED' },
  otherClient: {},
  keptRequests: 100_000,
};

/** The given options on top of the defaults. Throws a RangeError when a page or the log could hold nothing. */
export function resolveOptions(given: EmulatorOptions): Options {
  const options = {
    ...defaults,
    ...given,
    slots: { ...defaults.slots, ...given.slots },
    account: { ...defaults.account, ...given.account },
    scheduled: { ...defaults.scheduled, ...given.scheduled },
  };
  if (!Number.isInteger(options.pageSize) || options.pageSize < 1) {
    throw new RangeError(`page size ${options.pageSize} is not a whole number of at least 1`);
  }
  if (!(options.keptRequests >= 1)) {
    throw new RangeError(`keptRequests is ${options.keptRequests}; give at least 1`);
  }
  return options;
}
