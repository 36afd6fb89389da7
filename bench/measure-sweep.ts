import type { Guard } from '../test/end-to-end/start-guard.ts';
import { confirmingReads, isJobOfStoppedRun, isStop, limitSecondsOf } from './sweep-calls.ts';

/** What one sweep took. */
export interface MeasuredSweep {
  readonly reads: number;
  readonly lowerBound: number;
  /** Gets, and listings of ended runs, that follow stops of earlier sweeps to their end; the lower bound knows none. */
  readonly confirming: number;
  /** Gets of jobs that were then stopped with their run; the lower bound knows none. */
  readonly jobsOfStoppedRuns: number;
  /** Stop calls, those for a whole run among them. */
  readonly stops: number;
  readonly runStops: number;
  /** Virtual seconds. */
  readonly seconds: number;
  readonly limitSeconds: number;
}

/** Sweeps once. `pageSize` is that of the guard's Device Farm. */
export async function measureSweep(guard: Guard, pageSize: number): Promise<MeasuredSweep> {
  const { emulator, clock } = guard;
  const before = emulator.requests.length;
  const startedAt = clock.now();
  const { activeRuns, projects } = await guard.sweep();
  const seconds = (clock.now() - startedAt) / 1000;
  const requests = emulator.requests.slice(before);
  const count = (...operations: string[]) =>
    requests.filter(({ operation }) => operations.includes(operation)).length;
  const stops = requests.filter(isStop).length;
  const reads = requests.length - stops;
  const runStops = count('StopRun');
  return {
    reads,
    // Each run of the fleet has fewer jobs than a page. Before a stop of a run its size and its jobs are read.
    lowerBound:
      Math.ceil(projects / pageSize) + 2 * projects + activeRuns + (stops - runStops) + 2 * runStops,
    confirming: confirmingReads(requests, activeRuns),
    jobsOfStoppedRuns: requests.filter((one) => isJobOfStoppedRun(one, requests)).length,
    stops,
    runStops,
    seconds,
    limitSeconds: limitSecondsOf(count, activeRuns),
  };
}
