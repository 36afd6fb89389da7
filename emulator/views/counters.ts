import type { ExecutionResult } from '../status.ts';

export interface Counters {
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly warned: number;
  readonly errored: number;
  readonly stopped: number;
  readonly skipped: number;
}

export const noCounters: Counters = {
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
export function jobCounters(result: ExecutionResult): Counters {
  const counter = counterOf[result];
  if (counter === undefined) return noCounters;
  if (counter === 'passed') return { ...noCounters, total: 3, passed: 3 };
  return { ...noCounters, total: 3, passed: 2, [counter]: 1 };
}

export function sumCounters(all: readonly Counters[]): Counters {
  const sum = { ...noCounters };
  for (const counters of all) {
    for (const [name, value] of Object.entries(counters)) {
      if (isCounter(name)) sum[name] += value;
    }
  }
  return sum;
}

const isCounter = (name: string): name is keyof Counters => name in noCounters;
