/** Names that the constructs write and the functions read: environment variables, metric names, the policy's file. */
export const ENV = {
  auditTable: 'AUDIT_TABLE',
  stateTable: 'STATE_TABLE',
  notificationTopic: 'NOTIFICATION_TOPIC_ARN',
  account: 'ACCOUNT_ID',
  auditRetentionDays: 'AUDIT_RETENTION_DAYS',
} as const;

/** File beside each handler's bundle that holds the parsed policy and its version. */
export const POLICY_FILE = 'policy.json';

export const METRIC_NAMESPACE = 'DeviceFarmAutoStop';

/**
 * Metrics with the one dimension `service`, whose value each stack sets in `POWERTOOLS_SERVICE_NAME`.
 * Never an ARN as a dimension: every new value is a metric that is paid for.
 */
export const METRICS = {
  /** A sweep ended, partial or not: 1 each. */
  sweepsEnded: 'SweepsEnded',
  /** A sweep could not see everything: 0 or 1 each. */
  partialSweeps: 'PartialSweeps',
  /** Stops that should have happened and did not: a count for each invocation of any function. */
  failedStops: 'FailedStops',
  /** Stops that were given up and whose work goes on: a count each sweep. */
  escalatedStops: 'EscalatedStops',
  /** Calls that IAM refused: a count for each invocation of any function. */
  accessDenied: 'AccessDenied',
  /** Stop requests that the service accepted. */
  stops: 'Stops',
  /** Items that a rule in observe mode would have stopped. */
  wouldStop: 'WouldStop',
  /** Jobs and sessions in flight. */
  activeItems: 'ActiveItems',
  /** Device minutes by which the estimates of newly settled runs and sessions were wrong, up or down, summed. */
  estimateErrorMinutes: 'EstimateErrorMinutes',
} as const;

/** What a function needs to know about where it runs. */
export interface GuardEnv {
  readonly auditTable: string;
  readonly stateTable: string;
  readonly notificationTopicArn: string;
  readonly accountId: string;
  /** Days after which audit records expire; absent: never. */
  readonly auditRetentionDays?: number;
}

/**
 * Reads the environment once, at cold start.
 * @throws EnvironmentError naming the variable that is missing or malformed.
 */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): GuardEnv {
  const retention = source[ENV.auditRetentionDays];
  return Object.freeze({
    auditTable: required(source, ENV.auditTable),
    stateTable: required(source, ENV.stateTable),
    notificationTopicArn: required(source, ENV.notificationTopic),
    accountId: required(source, ENV.account),
    ...(retention === undefined
      ? {}
      : { auditRetentionDays: positiveInteger(ENV.auditRetentionDays, retention) }),
  });
}

/** The environment lacks something that the function cannot work without. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code = 'ENVIRONMENT';
}

function required(source: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = source[name];
  if (value === undefined || value === '') {
    throw new EnvironmentError(`environment variable ${name} is missing; deploy the function with its stack`);
  }
  return value;
}

function positiveInteger(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number <= 0) {
    throw new EnvironmentError(
      `environment variable ${name} is "${value}"; it must be a whole number of days above 0`,
    );
  }
  return number;
}
