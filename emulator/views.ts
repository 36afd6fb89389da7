import { type Farm, workOf } from './farm.ts';
import type { Json, JsonObject } from './json.ts';
import {
  type Minutes,
  minutesToMs,
  minutesUsed,
  noMinutes,
  roundMinutes,
  sumMinutes,
  wireTime,
} from './minutes.ts';
import type { Options } from './options.ts';
import {
  type AnyRecord,
  applyOverride,
  type JobRecord,
  type ProjectRecord,
  type RunRecord,
  type SessionRecord,
  type WorkRecord,
} from './records.ts';
import type { ExecutionResult, ExecutionStatus } from './status.ts';
import { type Course, statusAt } from './timeline.ts';

interface Counters {
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly warned: number;
  readonly errored: number;
  readonly stopped: number;
  readonly skipped: number;
}

const noCounters: Counters = {
  total: 0,
  passed: 0,
  failed: 0,
  warned: 0,
  errored: 0,
  stopped: 0,
  skipped: 0,
};

const counterOf: Readonly<Record<ExecutionResult, Exclude<keyof Counters, 'total'> | undefined>> = {
  PENDING: undefined,
  PASSED: 'passed',
  WARNED: 'warned',
  FAILED: 'failed',
  SKIPPED: 'skipped',
  ERRORED: 'errored',
  STOPPED: 'stopped',
};

/** Counters of a finished job: setup suite, tests and teardown suite count as three, and the tests have its result. */
function jobCounters(result: ExecutionResult): Counters {
  const counter = counterOf[result];
  if (counter === undefined) return noCounters;
  if (counter === 'passed') return { ...noCounters, total: 3, passed: 3 };
  return { ...noCounters, total: 3, passed: 2, [counter]: 1 };
}

function sumCounters(all: readonly Counters[]): Counters {
  const sum = { ...noCounters };
  for (const counters of all) {
    for (const [name, value] of Object.entries(counters)) {
      if (isCounter(name)) sum[name] += value;
    }
  }
  return sum;
}

const isCounter = (name: string): name is keyof Counters => name in noCounters;

/** Whether the final minutes of a job or session can be read at that moment. */
function isSettled(course: Course, options: Options, now: number): boolean {
  return now >= course.completedAt + minutesToMs(options.settleMinutes);
}

/** The `deviceMinutes` of a job or session, two decimals; undefined where the member is absent. */
function minutesMember(work: WorkRecord, course: Course, options: Options, now: number): Minutes | undefined {
  const used = () => roundMinutes(minutesUsed(course, work.tariff, now));
  if (isSettled(course, options, now)) return used();
  if (options.counters === 'live') return course.preparingAt <= now ? used() : undefined;
  return course.startedAt <= now ? noMinutes : undefined;
}

const minutesItem = (minutes: Minutes | undefined): JsonObject | undefined =>
  minutes === undefined ? undefined : { ...minutes };

/**
 * A job or session with its override. An overridden status or result would hide every stop, so both end when a stop is
 * accepted.
 */
function withOverride(item: JsonObject, work: WorkRecord, now: number): JsonObject {
  const overridden = applyOverride(item, work.override, now);
  if (work.stop === undefined) return overridden;
  return { ...overridden, status: item.status, result: item.result };
}

const inFlight: readonly ExecutionStatus[] = [
  'RUNNING',
  'PROCESSING',
  'STOPPING',
  'PREPARING',
  'SCHEDULING',
  'PENDING_DEVICE',
  'PENDING_CONCURRENCY',
  'PENDING',
];

const worstFirst: readonly ExecutionResult[] = [
  'ERRORED',
  'STOPPED',
  'FAILED',
  'WARNED',
  'PASSED',
  'SKIPPED',
];

/** The status of a run from those of its jobs: the most advanced in flight; STOPPING when all that is left is stopping. */
export function runStatus(jobs: readonly ExecutionStatus[]): ExecutionStatus {
  const left: readonly ExecutionStatus[] = jobs.filter((status) => status !== 'COMPLETED');
  if (left.length === 0) return 'COMPLETED';
  if (left.every((status) => status === 'STOPPING')) return 'STOPPING';
  if (left.length < jobs.length || left.includes('STOPPING')) return 'RUNNING';
  return inFlight.find((status) => left.includes(status)) ?? 'PENDING';
}

/** The result of a completed run: the worst of its jobs. */
export function runResult(jobs: readonly ExecutionResult[]): ExecutionResult {
  return worstFirst.find((result) => jobs.includes(result)) ?? 'PASSED';
}

/** A project as the API shows it. */
export function projectItem(project: ProjectRecord, now: number): JsonObject {
  const item = {
    arn: project.arn,
    name: project.name,
    defaultJobTimeoutMinutes: project.defaultJobTimeoutMinutes,
    created: wireTime(project.createdAt),
  };
  return applyOverride(item, project.override, now);
}

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
function workMembers(work: WorkRecord, course: Course, now: number): JsonObject {
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

/** A remote access session as the API shows it at that moment; while RUNNING it has signed addresses, which are secrets. */
export function sessionItem(farm: Farm, options: Options, session: SessionRecord, now: number): JsonObject {
  const course = farm.course(session);
  const item = {
    ...workMembers(session, course, now),
    billingMethod: session.billingMethod,
    deviceMinutes: minutesItem(minutesMember(session, course, options, now)),
    ...(statusAt(course, now) === 'RUNNING' ? addressesOf(session) : {}),
  };
  return withOverride(item, session, now);
}

function addressesOf(session: SessionRecord): JsonObject {
  const secret = `X-Amz-Signature=emulated-secret-${session.key}`;
  return {
    deviceUdid: `UDID-${session.key}`,
    endpoints: {
      remoteDriverEndpoint: `https://devicefarm.invalid/driver?${secret}`,
      interactiveEndpoint: `wss://devicefarm.invalid/interactive?${secret}`,
    },
  };
}

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

/** Any record as the API shows it at that moment. */
export function showRecord(record: AnyRecord, farm: Farm, options: Options, now: number): Json {
  switch (record.kind) {
    case 'raw':
      return record.item;
    case 'project':
      return projectItem(record, now);
    case 'run':
      return runItem(farm, options, record, now);
    case 'job':
      return jobItem(farm, options, record, now);
    case 'session':
      return sessionItem(farm, options, record, now);
  }
}
