import type { ExecutionResult, ExecutionStatus } from './status.ts';

/** What a device does with one job or session, before anybody stops it. Lengths in milliseconds. */
export interface Plan {
  readonly createdAt: number;
  readonly setupMs: number;
  readonly testMs: number;
  readonly teardownMs: number;
  readonly processingMs: number;
  readonly timeoutMs: number;
  readonly queueLimitMs: number;
  /** The result when the tests run to their own end. */
  readonly result: ExecutionResult;
}

/** When the work takes each step on its way to RUNNING, epoch milliseconds; Infinity for never. */
export interface Start {
  readonly queue: readonly Phase[];
  readonly schedulingAt: number;
  readonly preparingAt: number;
  readonly startedAt: number;
}

/** From this moment on the work has this status. */
export interface Phase {
  readonly status: ExecutionStatus;
  readonly at: number;
}

/** A stop that was accepted. While `releaseAt` has not come the work is stuck in STOPPING. */
export interface Stop {
  readonly at: number;
  readonly releaseAt: number;
}

/** The whole life of one job or session, as far as it is known now. Infinity stands for never. */
export interface Course {
  readonly phases: readonly Phase[];
  readonly schedulingAt: number;
  readonly preparingAt: number;
  /** When it is RUNNING for the first time. */
  readonly startedAt: number;
  /** When the device is released; nothing is billed after it. */
  readonly endAt: number;
  readonly completedAt: number;
  readonly result: ExecutionResult;
  readonly message: string;
}
