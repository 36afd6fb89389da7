/**
 * What Device Farm tells, in our shape. The service's model marks every member optional, so anything can be absent;
 * texts are kept as they came, known or not. Times are epoch milliseconds, minutes are device minutes.
 */
export interface Project {
  readonly arn: string;
  readonly name: string;
  readonly defaultJobTimeoutMinutes?: number;
}

/** The counters `deviceMinutes`, as reported; a member that is not a finite number is absent. */
export interface Counters {
  readonly total?: number;
  readonly metered?: number;
  readonly unmetered?: number;
}

/** Missing is not the same as metered: see `Billing` in `work-item.ts`. */
export type Billing = 'metered' | 'unmetered' | 'unknown';

interface Execution {
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
}

export interface Job extends Execution {
  /** Marketing name of the device, such as "Google Pixel 8"; the job's name when the device is absent. */
  readonly device: string;
  readonly platform?: string;
  /** The device belongs to the account (private fleet): its minutes are not metered. */
  readonly privateDevice: boolean;
  /** The counters of its tests, such as `passed`, as reported; one that is not a finite number is absent. */
  readonly testCounters?: Readonly<Record<string, number>>;
}

export interface Session extends Execution {
  readonly device: string;
  readonly platform?: string;
  readonly privateDevice: boolean;
  readonly billing: Billing;
}
