import type { Course, Phase, Plan, Stop } from './course.ts';

const never = Number.POSITIVE_INFINITY;

/**
 * What a stop makes of a course. Tests that have not started end at once; where they have started, setup and teardown
 * run to completion (StopJob, API reference). Work whose tests are over cannot be stopped (developer guide).
 */
export function stopCourse(natural: Course, plan: Plan, stop: Stop): Course {
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
