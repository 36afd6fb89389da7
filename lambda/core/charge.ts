import type { DeviceMinutes } from './minutes.ts';
import type { Billing } from './service.ts';

/**
 * What one run or session used, or several that a policy cannot tell apart used together: all that budgets and the lines of
 * projects need. It is charged to the period in which the work was created. `created` is epoch milliseconds.
 */
export interface Spent {
  readonly kind: 'run' | 'session';
  readonly project: { readonly arn: string; readonly name: string };
  /** The run's name; absent for a session. */
  readonly run?: string;
  readonly platform?: string;
  readonly testType?: string;
  readonly billing: Billing;
  readonly created: number;
  readonly minutes: DeviceMinutes;
  /** Money for `minutes`, in micro-dollars; only of several together, as money is rounded for each of them. */
  readonly microUsd?: number;
  /** What it can still use before its timeout; only while it is in flight. */
  readonly remaining?: DeviceMinutes;
  /** `final`: the service's counters. `estimated`: settled without counters. `inFlight`: not settled yet. */
  readonly basis: 'final' | 'estimated' | 'inFlight';
}

/** One run or one session as budgets see it: who it belongs to and the device minutes it used. */
export interface Charge extends Omit<Spent, 'microUsd'> {
  readonly arn: string;
  /**
   * Final minutes less the last estimate while it was in flight, in billed device minutes (metered and unmetered). Above 0: it
   * was estimated too low. What it used after the last look at it is part of the error. Absent when it was never estimated.
   */
  readonly estimateError?: number;
}
