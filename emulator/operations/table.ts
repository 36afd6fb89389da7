import { createRemoteAccessSession, scheduleRun } from './create.ts';
import type { Operation } from './input.ts';
import {
  getAccountSettings,
  getJob,
  getProject,
  getRemoteAccessSession,
  getRun,
  listJobs,
  listProjects,
  listRemoteAccessSessions,
  listRuns,
} from './read.ts';
import { stopJob, stopRemoteAccessSession, stopRun } from './stop.ts';
import { listTagsForResource, tagResource } from './tags.ts';

/** The operations by the name that X-Amz-Target carries after the dot. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    CreateRemoteAccessSession: createRemoteAccessSession,
    GetAccountSettings: getAccountSettings,
    GetJob: getJob,
    GetProject: getProject,
    GetRemoteAccessSession: getRemoteAccessSession,
    GetRun: getRun,
    ListJobs: listJobs,
    ListProjects: listProjects,
    ListRemoteAccessSessions: listRemoteAccessSessions,
    ListRuns: listRuns,
    ListTagsForResource: listTagsForResource,
    ScheduleRun: scheduleRun,
    StopJob: stopJob,
    StopRemoteAccessSession: stopRemoteAccessSession,
    StopRun: stopRun,
    TagResource: tagResource,
  }),
);
