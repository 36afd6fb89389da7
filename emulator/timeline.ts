import type { Course, Phase, Plan, Start, Stop } from './course.ts';
import type { ExecutionStatus } from './status.ts';
import { stopCourse } from './stop-course.ts';

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
