import type { ExecutionResult, ExecutionStatus } from '../status.ts';

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
