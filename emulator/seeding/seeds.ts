import type { DeviceSeed } from '../devices.ts';
import type { JsonObject } from '../json.ts';
import type { RunOrder } from '../options.ts';
import type { Override } from '../records.ts';
import type { BillingMethod, ExecutionResult, ExecutionStatus, Platform } from '../status.ts';

/** A project to add. */
export interface ProjectSeed {
  /** @default 'project' */
  readonly name?: string;
  /** @default not set: the account's default timeout applies */
  readonly defaultJobTimeoutMinutes?: number;
  /** Epoch milliseconds. @default now */
  readonly created?: number;
  /** @default the emulator's */
  readonly runOrder?: RunOrder;
  readonly tags?: Readonly<Record<string, string>>;
  /** Id in the ARN. @default a UUID */
  readonly id?: string;
  readonly override?: Override;
}

/** What jobs and sessions have in common. Lengths in minutes. */
export interface WorkSeed {
  /** A device, or the name of one. @default the next of the platform's catalogue */
  readonly device?: string | DeviceSeed;
  /** From creation to RUNNING, in a forced schedule. @default 0 */
  readonly startAfterMinutes?: number;
  /** @default 0.1 */
  readonly pendingMinutes?: number;
  /** Waiting for the device after the slot, in a schedule by slots. @default 0 */
  readonly deviceWaitMinutes?: number;
  /** @default 0.1 */
  readonly schedulingMinutes?: number;
  /** PREPARING: not billed for jobs, billed for sessions. @default 0.25 for jobs, 0.5 for sessions */
  readonly prepareMinutes?: number;
  /** Setup suite, part of RUNNING. @default 0.5 for jobs, 0 for sessions */
  readonly setupMinutes?: number;
  /** Teardown suite. @default 0.5 */
  readonly teardownMinutes?: number;
  /** PROCESSING after the teardown; not billed. @default 0 */
  readonly processingMinutes?: number;
  /** Result when it ends by itself. @default 'PASSED' */
  readonly result?: ExecutionResult;
  /**
   * Puts the work into this status. COMPLETED: it has ended at the latest at the moment of seeding. Any other: it
   * stays there from its creation on (RUNNING, PROCESSING, STOPPING: from its start) until it is stopped or its queue
   * limit ends it. A stop releases work from STOPPING; PROCESSING cannot be stopped. Forced schedules only.
   * @default what its timeline says
   */
  readonly status?: ExecutionStatus;
  /** What a forced queue waits for. @default 'concurrency' */
  readonly waitsFor?: 'concurrency' | 'device';
  readonly override?: Override;
}

/** One device of a run. */
export interface JobSeed extends WorkSeed {
  /** Minutes of tests, without setup and teardown; Infinity runs into the timeout. @default 10 */
  readonly testMinutes?: number;
}

/** `forced`: the timeline is exactly what the seed says. `slots`: work waits for a free slot of its kind. */
export type Schedule = 'forced' | 'slots';

/** A run to add to a project. */
export interface RunSeed {
  /** ARN of the project. */
  readonly project: string;
  /** @default 'run' */
  readonly name?: string;
  /** @default 'ANDROID' */
  readonly platform?: Platform;
  /** @default 'APPIUM_NODE' */
  readonly testType?: string;
  /** @default 'METERED' */
  readonly billingMethod?: BillingMethod;
  /** Epoch milliseconds; a run of the future is not seen before. @default now */
  readonly created?: number;
  /** @default the project's, then the account's */
  readonly jobTimeoutMinutes?: number;
  /** @default one job of 10 minutes */
  readonly jobs?: readonly JobSeed[];
  /** @default 'forced' */
  readonly schedule?: Schedule;
  readonly devicePoolArn?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly id?: string;
  readonly override?: Override;
}

/** A remote access session to add to a project. */
export interface SessionSeed extends WorkSeed {
  /** ARN of the project. */
  readonly project: string;
  /** @default 'session' */
  readonly name?: string;
  /** @default 'ANDROID' */
  readonly platform?: Platform;
  /** @default 'METERED' */
  readonly billingMethod?: BillingMethod;
  /** Epoch milliseconds. @default now */
  readonly created?: number;
  /** Minutes of use; Infinity runs into the timeout. @default Infinity */
  readonly sessionMinutes?: number;
  /** @default 150 */
  readonly timeoutMinutes?: number;
  /** @default 'forced' */
  readonly schedule?: Schedule;
  readonly tags?: Readonly<Record<string, string>>;
  readonly id?: string;
}

/** An item to serve verbatim, as JSON text or as an object. */
export interface RawSeed {
  readonly kind: 'project' | 'run' | 'job' | 'session';
  /** ARN of the project (run, session) or of the run (job) that lists it. */
  readonly parent?: string;
  readonly item: string | JsonObject;
}

/** A pool that `ScheduleRun` may name. */
export interface DevicePoolSeed {
  /** ARN of the project. */
  readonly project: string;
  readonly devices: readonly (string | DeviceSeed)[];
  /** @default 'ANDROID' */
  readonly platform?: Platform;
  readonly id?: string;
}
