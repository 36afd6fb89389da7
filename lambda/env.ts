/** Names that the constructs write and the functions read: environment variables, the metric, the policy's file. */
export const ENV = {
  auditTable: 'AUDIT_TABLE',
  stateTable: 'STATE_TABLE',
  notificationTopic: 'NOTIFICATION_TOPIC_ARN',
  manualStopTopic: 'MANUAL_STOP_TOPIC_ARN',
  account: 'ACCOUNT_ID',
  accountName: 'ACCOUNT_NAME',
  auditRetentionDays: 'AUDIT_RETENTION_DAYS',
  apiShare: 'API_SHARE',
  crossingQueue: 'CROSSING_QUEUE_URL',
  intervalMinutes: 'SWEEP_INTERVAL_MINUTES',
  chat: 'NOTIFY_CHAT',
} as const;

/** Attribute of a published notification: the names of the projects that it concerns, for filter policies. */
export const PROJECTS_ATTRIBUTE = 'projects';

/** File beside each handler's bundle that holds the parsed policy and its version. */
export const POLICY_FILE = 'policy.json';

export const METRIC_NAMESPACE = 'DeviceFarmAutoStop';

/**
 * The one metric, with the one dimension `service`, whose value each stack sets in `POWERTOOLS_SERVICE_NAME`: what needs a
 * person, counted for each invocation, and emitted only above 0. It counts stops that failed or were given up, calls that
 * IAM refused, and sweeps that could not see everything. Never an ARN as a dimension: every new value is a metric that is paid for.
 */
export const TROUBLE_METRIC = 'Trouble';

/** Seconds that an invocation of any function lasts at most. */
export const LONGEST_INVOCATION_SECONDS = 240;

/** Part of Device Farm's documented read rate that AutoStop takes at most: the limits are shared with CI. */
export const DEFAULT_API_SHARE = 0.5;

/** What a function needs to know about where it runs. */
export interface FunctionEnv {
  readonly auditTable: string;
  readonly stateTable: string;
  readonly notificationTopicArn: string;
  /** For the commands that notifications name. */
  readonly manualStopTopicArn?: string;
  readonly accountId: string;
  /** What notifications call the account. */
  readonly accountName?: string;
  /** Days after which audit records expire; absent: never. */
  readonly auditRetentionDays?: number;
  readonly apiShare: number;
  /** Where a sweep says which work crosses a limit before the next one; absent: nowhere. */
  readonly crossingQueueUrl?: string;
  /** Minutes from one sweep to the next. */
  readonly intervalMinutes?: number;
  /** Subscribers by HTTPS get notifications in the form that Amazon Q Developer takes. */
  readonly chat: boolean;
}

/** The environment lacks something that the function cannot work without. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code = 'ENVIRONMENT';
}

/**
 * Reads the environment once, at cold start.
 * @throws EnvironmentError naming the variable that is missing or malformed
 */
export function readEnv(source: NodeJS.ProcessEnv = process.env): FunctionEnv {
  return Object.freeze({
    auditTable: required(source, ENV.auditTable),
    stateTable: required(source, ENV.stateTable),
    notificationTopicArn: required(source, ENV.notificationTopic),
    manualStopTopicArn: source[ENV.manualStopTopic] || undefined,
    accountId: required(source, ENV.account),
    accountName: source[ENV.accountName] || undefined,
    auditRetentionDays: number(source, ENV.auditRetentionDays, isWhole, 'a whole number of days above 0'),
    apiShare: number(source, ENV.apiShare, isShare, 'a number from 0.1 to 0.9') ?? DEFAULT_API_SHARE,
    crossingQueueUrl: source[ENV.crossingQueue] || undefined,
    intervalMinutes: number(source, ENV.intervalMinutes, isWhole, 'a whole number of minutes above 0'),
    chat: source[ENV.chat] === 'true',
  });
}

/** Whether a part of the read rate leaves something to both sides. */
export function isShare(value: number): boolean {
  return value >= 0.1 && value <= 0.9;
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function required(source: NodeJS.ProcessEnv, name: string): string {
  const value = source[name];
  if (value === undefined || value === '') {
    throw new EnvironmentError(`environment variable ${name} is missing; deploy the function with its stack`);
  }
  return value;
}

function number(
  source: NodeJS.ProcessEnv,
  name: string,
  isValid: (value: number) => boolean,
  allowed: string,
): number | undefined {
  const text = source[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!isValid(value))
    throw new EnvironmentError(`environment variable ${name} is "${text}"; it must be ${allowed}`);
  return value;
}
