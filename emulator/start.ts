import type { Phase, Start } from './course.ts';
import type { ExecutionStatus } from './status.ts';

const never = Number.POSITIVE_INFINITY;

/** How work gets to its device. Lengths in milliseconds. */
export interface Approach {
  readonly createdAt: number;
  readonly waitsFor: 'PENDING_CONCURRENCY' | 'PENDING_DEVICE';
  readonly pendingMs: number;
  /** Waiting for the device once the slot is given. */
  readonly deviceWaitMs: number;
  readonly schedulingMs: number;
  readonly prepareMs: number;
}

/** A forced timeline: RUNNING begins at `startedAt`, and the earlier steps are fitted in backwards. */
export function startAt(approach: Approach, startedAt: number): Start {
  const { createdAt } = approach;
  const preparingAt = Math.max(createdAt, startedAt - approach.prepareMs);
  const schedulingAt = Math.max(createdAt, preparingAt - approach.schedulingMs);
  const waitingAt = Math.min(createdAt + approach.pendingMs, schedulingAt);
  return {
    queue: queueOf(createdAt, { status: approach.waitsFor, at: waitingAt }),
    schedulingAt,
    preparingAt,
    startedAt,
  };
}

/** The timeline of work that was given its slot at `takenAt` (Infinity: not yet known to get one). */
export function startFromSlot(approach: Approach, takenAt: number): Start {
  const waiting: Phase = { status: approach.waitsFor, at: approach.createdAt + approach.pendingMs };
  const schedulingAt = takenAt + approach.deviceWaitMs;
  const preparingAt = schedulingAt + approach.schedulingMs;
  return {
    queue: [...queueOf(approach.createdAt, waiting), { status: 'PENDING_DEVICE', at: takenAt }],
    schedulingAt,
    preparingAt,
    startedAt: preparingAt + approach.prepareMs,
  };
}

/** The timeline of work that stays in one status before RUNNING until it is stopped or its queue limit ends it. */
export function startHeld(createdAt: number, status: ExecutionStatus): Start {
  const held: Phase[] = [{ status, at: createdAt }];
  if (status === 'PREPARING') {
    return { queue: held, schedulingAt: createdAt, preparingAt: createdAt, startedAt: never };
  }
  return { queue: held, schedulingAt: never, preparingAt: never, startedAt: never };
}

function queueOf(createdAt: number, waiting: Phase): Phase[] {
  return [{ status: 'PENDING', at: createdAt }, waiting];
}
