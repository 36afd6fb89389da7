import type { ExecutionResult, ExecutionStatus } from './status.ts';

const never = Number.POSITIVE_INFINITY;

/** The life of the work from its plan, its way to the device and the stop that was accepted, if any. */
export function courseOf(plan: Plan, start: Start, stop?: Stop): Course {
  const natural = naturalCourse(plan, start);
  return stop === undefined ? natural : stopCourse(natural, plan, stop);
}

/** The status at a moment, which must not be before the creation. */
export function statusAt(course: Course, at: number): ExecutionStatus {
  return course.phases.findLast((phase) => phase.at <= at)?.status ?? 'PENDING';
}

function naturalCourse(plan: Plan, start: Start): Course {
  const queueEnd = plan.createdAt + plan.queueLimitMs;
  if (start.schedulingAt > queueEnd) return expiredCourse(start, queueEnd);
  const deadline = start.startedAt + plan.timeoutMs;
  const ownEnd = start.startedAt + plan.setupMs + plan.testMs + plan.teardownMs;
  const timedOut = deadline < ownEnd;
  const endAt = Math.min(ownEnd, deadline);
  const completedAt = timedOut ? endAt : endAt + plan.processingMs;
  return {
    phases: [
      ...stepsTo(start),
      { status: 'PROCESSING', at: endAt },
      { status: 'COMPLETED', at: completedAt },
    ],
    schedulingAt: start.schedulingAt,
    preparingAt: start.preparingAt,
    startedAt: start.startedAt,
    endAt,
    completedAt,
    result: timedOut ? 'STOPPED' : plan.result,
    message: timedOut ? 'Stopped: the execution timeout was exceeded' : 'Successful test lifecycle',
  };
}

function stepsTo(start: Start): Phase[] {
  return [
    ...start.queue,
    { status: 'SCHEDULING', at: start.schedulingAt },
    { status: 'PREPARING', at: start.preparingAt },
    { status: 'RUNNING', at: start.startedAt },
  ];
}

function expiredCourse(start: Start, at: number): Course {
  return {
    phases: [...start.queue.filter((phase) => phase.at < at), { status: 'COMPLETED', at }],
    schedulingAt: never,
    preparingAt: never,
    startedAt: never,
    endAt: at,
    completedAt: at,
    result: 'ERRORED',
    message: 'No device was available within the queue limit',
  };
}

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
interface Phase {
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

/**
 * What a stop makes of a course. Tests that have not started end at once; where they have started, setup and teardown
 * run to completion (StopJob, API reference). Work whose tests are over cannot be stopped (developer guide).
 */
function stopCourse(natural: Course, plan: Plan, stop: Stop): Course {
  if (stop.at >= natural.endAt) return natural;
  return stop.at < natural.startedAt ? stopBeforeTests(natural, stop) : stopDuringTests(natural, plan, stop);
}

function stopBeforeTests(natural: Course, stop: Stop): Course {
  const reached = (at: number) => (at <= stop.at ? at : never);
  return {
    ...stopped(natural, stop, Math.max(stop.at, stop.releaseAt)),
    schedulingAt: reached(natural.schedulingAt),
    preparingAt: reached(natural.preparingAt),
    startedAt: never,
    endAt: stop.at,
  };
}

function stopDuringTests(natural: Course, plan: Plan, stop: Stop): Course {
  const setupEnd = natural.startedAt + plan.setupMs;
  const testsEnd = Math.max(stop.at, setupEnd, stop.releaseAt);
  const latest = stop.releaseAt > stop.at ? natural.startedAt + plan.timeoutMs : natural.endAt;
  const endAt = Math.min(testsEnd + plan.teardownMs, latest);
  return { ...stopped(natural, stop, Math.max(endAt, stop.releaseAt)), endAt };
}

function stopped(natural: Course, stop: Stop, completedAt: number): Course {
  const before = natural.phases.filter((phase) => phase.at < stop.at);
  const after: Phase[] = [
    { status: 'STOPPING', at: stop.at },
    { status: 'COMPLETED', at: completedAt },
  ];
  return {
    ...natural,
    phases: [...before, ...after],
    completedAt,
    result: 'STOPPED',
    message: 'Stopped on request',
  };
}
