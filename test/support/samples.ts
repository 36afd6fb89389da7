import type { Job, Project, Run, Session, StopTarget, Usage, WorkItem } from '../../lambda/model.ts';
import { phaseOf } from '../../lambda/model.ts';
import { NO_MINUTES } from '../../lambda/money.ts';
import { HOUR, MINUTE } from '../../lambda/time.ts';

/** A Wednesday. */
export const NOW = Date.UTC(2026, 10, 25, 12, 0, 0);
export const ACCOUNT = '123456789012';
const PREFIX = `arn:aws:devicefarm:us-west-2:${ACCOUNT}`;

export const projectArn = (project = 'p1'): string => `${PREFIX}:project:${project}`;
export const runArn = (run = 'r1', project = 'p1'): string => `${PREFIX}:run:${project}/${run}`;
export const jobArn = (job = '00000', run = 'r1', project = 'p1'): string =>
  `${PREFIX}:job:${project}/${run}/${job}`;
export const sessionArn = (session = 's1', project = 'p1'): string =>
  `${PREFIX}:session:${project}/${session}/00000`;

/** Metered minutes, as the service counts them. */
export function metered(minutes: number) {
  return { total: minutes, metered: minutes, unmetered: 0 };
}

export function project(facts: Partial<Project> = {}): Project {
  return { arn: projectArn(), name: 'mobile', ...facts };
}

export function run(facts: Partial<Run> = {}): Run {
  return {
    arn: runArn(),
    name: 'nightly',
    status: 'RUNNING',
    created: NOW - 2 * HOUR,
    counters: {},
    billing: 'metered',
    platform: 'ANDROID',
    testType: 'APPIUM_NODE',
    ...facts,
  };
}

export function job(facts: Partial<Job> = {}): Job {
  return {
    arn: jobArn(),
    name: 'Google Pixel 8',
    status: 'RUNNING',
    created: NOW - 2 * HOUR,
    started: NOW - 75 * MINUTE,
    counters: {},
    device: 'Google Pixel 8',
    platform: 'ANDROID',
    privateDevice: false,
    ...facts,
  };
}

export function session(facts: Partial<Session> = {}): Session {
  return {
    arn: sessionArn(),
    name: 'debugging',
    status: 'RUNNING',
    created: NOW - 2 * HOUR,
    started: NOW - 75 * MINUTE,
    counters: {},
    device: 'Apple iPhone 15',
    platform: 'IOS',
    privateDevice: false,
    billing: 'metered',
    ...facts,
  };
}

/** A job in flight; its phase follows its status unless it is given. */
export function item(facts: Partial<WorkItem> = {}): WorkItem {
  const status = facts.status ?? 'RUNNING';
  return {
    arn: jobArn(),
    kind: 'job',
    name: 'Google Pixel 8',
    device: 'Google Pixel 8',
    project: { arn: projectArn(), name: 'mobile' },
    run: { arn: runArn(), name: 'nightly', minutes: metered(75), devices: 1 },
    status,
    phase: phaseOf(status),
    created: NOW - 2 * HOUR,
    usageAt: NOW - 2 * HOUR,
    ...(status === 'RUNNING' ? { runningSince: NOW - 75 * MINUTE, runningSinceSource: 'reported' } : {}),
    billing: 'metered',
    minutes: status === 'RUNNING' ? metered(75) : NO_MINUTES,
    ...facts,
  };
}

export function usage(facts: Partial<Usage> = {}): Usage {
  return {
    arn: runArn(),
    kind: 'run',
    project: { arn: projectArn(), name: 'mobile' },
    run: 'nightly',
    billing: 'metered',
    created: NOW - 2 * HOUR,
    minutes: metered(10),
    basis: 'final',
    ...facts,
  };
}

export function target(facts: Partial<StopTarget> = {}): StopTarget {
  return { ...item(), ...facts };
}
