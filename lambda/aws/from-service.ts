import type {
  Device,
  DeviceMinutes,
  Job as SdkJob,
  Project as SdkProject,
  Run as SdkRun,
  RemoteAccessSession as SdkSession,
} from '@aws-sdk/client-device-farm';
import type { Billing, Counters, Job, Project, Run, Session } from '../core/service.ts';

/** Every member may be missing, null or not a number: what is not usable is absent, and nothing is thrown away. */
export function toProject(project: SdkProject): Project {
  return {
    arn: project.arn ?? '',
    name: project.name ?? '',
    defaultJobTimeoutMinutes: finite(project.defaultJobTimeoutMinutes),
  };
}

export function toRun(run: SdkRun): Run {
  return {
    ...execution(run),
    billing: billing(run.billingMethod),
    platform: run.platform,
    testType: run.type,
    totalJobs: finite(run.totalJobs),
    timeoutMinutes: finite(run.jobTimeoutMinutes),
  };
}

export function toJob(job: SdkJob): Job {
  return {
    ...execution(job),
    device: job.device?.name ?? job.name ?? 'an unnamed device',
    platform: job.device?.platform,
    privateDevice: isPrivate(job.device, job.instanceArn),
  };
}

export function toSession(session: SdkSession): Session {
  return {
    ...execution(session),
    device: session.device?.name ?? 'an unnamed device',
    platform: session.device?.platform,
    privateDevice: isPrivate(session.device, session.instanceArn),
    billing: billing(session.billingMethod),
  };
}

function execution(work: SdkRun | SdkJob | SdkSession) {
  return {
    arn: work.arn ?? '',
    name: work.name ?? '',
    status: work.status ?? '',
    result: work.result,
    created: time(work.created),
    started: time(work.started),
    stopped: time(work.stopped),
    counters: counters(work.deviceMinutes),
  };
}

function counters(minutes: DeviceMinutes | undefined): Counters {
  return {
    total: finite(minutes?.total),
    metered: finite(minutes?.metered),
    unmetered: finite(minutes?.unmetered),
  };
}

/** The SDK passes "NaN" on as NaN. A negative count is no count. */
function finite(value: number | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function time(value: Date | undefined): number | undefined {
  const at = value?.getTime();
  return at === undefined || Number.isNaN(at) ? undefined : at;
}

function billing(method: string | undefined): Billing {
  if (method === 'METERED') return 'metered';
  return method === 'UNMETERED' ? 'unmetered' : 'unknown';
}

/** A device of the account's own fleet has an instance, and its fleet type says so. */
function isPrivate(device: Device | undefined, instanceArn: string | undefined): boolean {
  return device?.fleetType === 'PRIVATE' || (instanceArn !== undefined && instanceArn !== '');
}
