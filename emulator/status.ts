/** The values of `ExecutionStatus` in the service's model. There is no STOPPED among them. */
export const executionStatuses = [
  'PENDING',
  'PENDING_CONCURRENCY',
  'PENDING_DEVICE',
  'PROCESSING',
  'SCHEDULING',
  'PREPARING',
  'RUNNING',
  'COMPLETED',
  'STOPPING',
] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

/** The values of `ExecutionResult` in the service's model. */
export const executionResults = [
  'PENDING',
  'PASSED',
  'WARNED',
  'FAILED',
  'SKIPPED',
  'ERRORED',
  'STOPPED',
] as const;
export type ExecutionResult = (typeof executionResults)[number];

export type BillingMethod = 'METERED' | 'UNMETERED';
export type Platform = 'ANDROID' | 'IOS';
