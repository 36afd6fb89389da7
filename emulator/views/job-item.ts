import type { Course } from '../course.ts';
import type { Farm } from '../farm.ts';
import type { JsonObject } from '../json.ts';
import type { Options } from '../options.ts';
import type { JobRecord, WorkRecord } from '../records.ts';
import { statusAt } from '../timeline.ts';
import { wireTime } from '../wire-time.ts';
import { jobCounters, noCounters } from './counters.ts';
import { minutesItem, minutesMember } from './minutes-member.ts';
import { withOverride } from './with-override.ts';

/** A job as the API shows it at that moment. */
export function jobItem(farm: Farm, options: Options, job: JobRecord, now: number): JsonObject {
  const course = farm.course(job);
  const completed = statusAt(course, now) === 'COMPLETED';
  const item = {
    ...workMembers(job, course, now),
    type: job.testType,
    counters: completed && course.startedAt <= now ? { ...jobCounters(course.result) } : { ...noCounters },
    deviceMinutes: minutesItem(minutesMember(job, course, options, now)),
    videoCapture: true,
  };
  return withOverride(item, job, now);
}

/** The members that jobs and sessions have in common. `started` is absent until RUNNING, as in every public sample. */
export function workMembers(work: WorkRecord, course: Course, now: number): JsonObject {
  const status = statusAt(course, now);
  const completed = status === 'COMPLETED';
  return {
    arn: work.arn,
    name: work.name,
    created: wireTime(work.createdAt),
    status,
    result: completed ? course.result : 'PENDING',
    started: course.startedAt <= now ? wireTime(course.startedAt) : undefined,
    stopped: completed ? wireTime(course.completedAt) : undefined,
    message: completed ? course.message : undefined,
    device: work.device.item,
    instanceArn: work.device.instanceArn,
  };
}
