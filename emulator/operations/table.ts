import type { Operation } from './call.ts';
import { createRemoteAccessSession } from './create-remote-access-session.ts';
import { getAccountSettings } from './get-account-settings.ts';
import { getJob } from './get-job.ts';
import { getProject } from './get-project.ts';
import { getRemoteAccessSession } from './get-remote-access-session.ts';
import { getRun } from './get-run.ts';
import { listJobs } from './list-jobs.ts';
import { listProjects } from './list-projects.ts';
import { listRemoteAccessSessions } from './list-remote-access-sessions.ts';
import { listRuns } from './list-runs.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { scheduleRun } from './schedule-run.ts';
import { stopJob } from './stop-job.ts';
import { stopRemoteAccessSession } from './stop-remote-access-session.ts';
import { stopRun } from './stop-run.ts';
import { tagResource } from './tag-resource.ts';

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
