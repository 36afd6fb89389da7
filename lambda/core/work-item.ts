import type { DeviceMinutes } from './minutes.ts';
import type { Billing } from './service.ts';

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

/** The phase of a status as Device Farm reports it; `unknown` for a text that it did not have when this was written. */
export function phaseOf(status: string): Phase {
  return Object.hasOwn(PHASES, status) ? (PHASES[status] ?? 'unknown') : 'unknown';
}

/** One job or session that is not COMPLETED, joined with its run and project. Times are epoch milliseconds. */
export interface WorkItem {
  readonly arn: string;
  readonly kind: 'job' | 'session';
  /** The device's name for a job, the session's own name for a session. */
  readonly name: string;
  readonly device: string;
  readonly project: { readonly arn: string; readonly name: string };
  readonly run?: RunFacts;
  readonly status: string;
  readonly phase: Phase;
  readonly platform?: string;
  readonly testType?: string;
  readonly created?: number;
  /** Creation of its run (of itself for a session), as reported: which budget period it is charged to. */
  readonly chargedAt?: number;
  /** When it began RUNNING: as reported, else the moment this guard first saw it RUNNING. Absent unless RUNNING. */
  readonly runningSince?: number;
  /** How `runningSince` is known. */
  readonly runningSinceSource?: 'reported' | 'observed';
  readonly billing: Billing;
  /** Device minutes used up to now: the counters or, in flight, the estimate. */
  readonly minutes: DeviceMinutes;
  readonly timeoutMinutes?: number;
  /** Of a RUNNING job whose counters are watched: since when none has moved, and whether one has been seen to rise. */
  readonly progress?: { readonly since: number; readonly rose: boolean };
}

/** What a rule may know of the run that a job belongs to. */
export interface RunFacts {
  readonly arn: string;
  readonly name: string;
  /** Sum over all jobs of the run, finished ones included. */
  readonly minutes: DeviceMinutes;
  readonly devices: number;
}

/** Why an item of phase `unknown` cannot be judged. */
export function whyUnknown({ arn, status }: { readonly arn: string; readonly status: string }): string {
  return phaseOf(status) === 'unknown'
    ? `status "${status}" is not known`
    : `"${arn}" is not the ARN of a job or session`;
}
