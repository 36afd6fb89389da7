import type {
  Device,
  DeviceMinutes,
  AccountSettings as SdkAccountSettings,
  Job as SdkJob,
  Project as SdkProject,
  Run as SdkRun,
  RemoteAccessSession as SdkSession,
} from '@aws-sdk/client-device-farm';
import type { AccountSettings, Billing, Counters, Job, Project, Run, Session } from '../model.ts';
import { plainName } from '../text.ts';

/** By it a run names the group of runs in which a newer one replaces it. */
export const KEY_VARIABLE = 'AUTOSTOP_KEY';
/** By it a run names who is told of it. */
export const OWNER_VARIABLE = 'AUTOSTOP_OWNER';

/** The items of a page in our shape. Nothing is known of one that is null: it is kept and reported. */
export function each<From extends object, To>(
  items: readonly (From | null)[] | undefined,
  to: (item: From | Record<string, never>) => To,
): readonly To[] {
  return (items ?? []).map((item) => to(item ?? {}));
}

/** Every member may be missing, null or not a number: what is not usable is absent, and nothing is thrown away. */
export function toProject(project: SdkProject): Project {
  return {
    arn: text(project.arn) ?? '',
    name: text(project.name) ?? '',
    defaultJobTimeoutMinutes: finite(project.defaultJobTimeoutMinutes),
  };
}

export function toRun(run: SdkRun): Run {
  return {
    ...execution(run),
    billing: billing(run.billingMethod),
    platform: text(run.platform),
    testType: text(run.type),
    totalJobs: finite(run.totalJobs),
    timeoutMinutes: finite(run.jobTimeoutMinutes),
    key: variable(run, KEY_VARIABLE),
    owner: plainName(variable(run, OWNER_VARIABLE)),
  };
}

/** One of the environment variables that AutoStop reads. No other value is kept: people put secrets there. */
function variable(
  { environmentVariables }: SdkRun,
  wanted: typeof KEY_VARIABLE | typeof OWNER_VARIABLE,
): string | undefined {
  const found = (environmentVariables ?? []).find((one) => one?.name === wanted);
  return text(found?.value) || undefined;
}

export function toJob(job: SdkJob): Job {
  return {
    ...execution(job),
    device: text(job.device?.name) ?? text(job.name) ?? 'an unnamed device',
    platform: text(job.device?.platform),
    privateDevice: isPrivate(job.device, job.instanceArn),
    testCounters: numbers(job.counters),
  };
}

export function toSession(session: SdkSession): Session {
  return {
    ...execution(session),
    device: text(session.device?.name) ?? 'an unnamed device',
    platform: text(session.device?.platform),
    privateDevice: isPrivate(session.device, session.instanceArn),
    billing: billing(session.billingMethod),
  };
}

export function toAccountSettings(settings: SdkAccountSettings): AccountSettings {
  const { trialMinutes, unmeteredDevices, unmeteredRemoteAccessDevices } = settings;
  return {
    defaultJobTimeoutMinutes: finite(settings.defaultJobTimeoutMinutes),
    ...(trialMinutes && {
      trial: { total: finite(trialMinutes.total), remaining: finite(trialMinutes.remaining) },
    }),
    unmeteredSlots: { jobs: numbers(unmeteredDevices), sessions: numbers(unmeteredRemoteAccessDevices) },
  };
}

function execution(work: SdkRun | SdkJob | SdkSession) {
  return {
    arn: text(work.arn) ?? '',
    name: text(work.name) ?? '',
    status: text(work.status) ?? '',
    result: text(work.result),
    created: time(work.created),
    started: time(work.started),
    stopped: time(work.stopped),
    counters: counters(work.deviceMinutes),
  };
}

/** The finite numbers among the members. */
function numbers(members: object | undefined): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(members ?? {}).flatMap(([name, value]) => {
      const known = finite(value);
      return known === undefined ? [] : [[name, known]];
    }),
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
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

/** The epoch itself is a number that was never set: taken for a start, it would make any work decades old. */
function time(value: Date | undefined): number | undefined {
  const at = value?.getTime();
  return at === undefined || Number.isNaN(at) || at <= 0 ? undefined : at;
}

function billing(method: string | undefined): Billing {
  if (method === 'METERED') return 'metered';
  return method === 'UNMETERED' ? 'unmetered' : 'unknown';
}

/** A device of the account's own fleet has an instance, and its fleet type says so. */
function isPrivate(device: Device | undefined, instanceArn: string | undefined): boolean {
  return device?.fleetType === 'PRIVATE' || Boolean(text(instanceArn));
}
