import type { Course } from '../course.ts';
import { type Farm, workOf } from '../farm.ts';
import type { JsonObject } from '../json.ts';
import { type Minutes, noMinutes, roundMinutes, sumMinutes } from '../minutes.ts';
import type { Options } from '../options.ts';
import { applyOverride, type RunRecord, type WorkRecord } from '../records.ts';
import { statusAt } from '../timeline.ts';
import { wireTime } from '../wire-time.ts';
import { jobCounters, noCounters, sumCounters } from './counters.ts';
import { isSettled, minutesItem, minutesMember } from './minutes-member.ts';
import { runResult, runStatus } from './run-status.ts';

interface Child {
  readonly job: WorkRecord;
  readonly course: Course;
}

/** A run as the API shows it at that moment. Everything that changes is worked out from its jobs. */
export function runItem(farm: Farm, options: Options, run: RunRecord, now: number): JsonObject {
  const children = workOf(run).map((job) => ({ job, course: farm.course(job) }));
  const statuses = children.map(({ course }) => statusAt(course, now));
  const status = runStatus(statuses);
  const item = {
    arn: run.arn,
    name: run.name,
    type: run.testType,
    platform: run.platform,
    created: wireTime(run.createdAt),
    status,
    billingMethod: run.billingMethod,
    totalJobs: run.jobs.length,
    completedJobs: statuses.filter((one) => one === 'COMPLETED').length,
    jobTimeoutMinutes: run.jobTimeoutMinutes,
    devicePoolArn: run.devicePoolArn,
    deviceMinutes: minutesItem(minutesOf(children, options, now)),
    ...(status === 'COMPLETED'
      ? completedMembers(children)
      : { result: 'PENDING', counters: { ...noCounters } }),
  };
  return applyOverride(item, run.override, now);
}

function completedMembers(children: readonly Child[]): JsonObject {
  const courses = children.map(({ course }) => course);
  const began = courses.filter((course) => Number.isFinite(course.startedAt));
  return {
    result: runResult(courses.map((course) => course.result)),
    counters: { ...sumCounters(began.map((course) => jobCounters(course.result))) },
    started: began.length === 0 ? undefined : wireTime(Math.min(...began.map((course) => course.startedAt))),
    stopped:
      courses.length === 0 ? undefined : wireTime(Math.max(...courses.map((course) => course.completedAt))),
  };
}

/** Absent in a fresh run, zero while anything is in flight, the sum of the jobs in the end; or always the sum, if live. */
function minutesOf(children: readonly Child[], options: Options, now: number): Minutes | undefined {
  const members = children.flatMap(({ job, course }) => minutesMember(job, course, options, now) ?? []);
  if (members.length === 0) return undefined;
  const settled = children.every(({ course }) => isSettled(course, options, now));
  return settled || options.counters === 'live' ? roundMinutes(sumMinutes(members)) : noMinutes;
}
