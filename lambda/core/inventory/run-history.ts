import { parseArn } from '../arn.ts';
import type { Job } from '../service.ts';

/** Successful jobs that are remembered of one run name and device. */
export const HISTORY_SIZE = 20;

/** How long one successful job was RUNNING. */
export interface Sample {
  /** What stands behind the project in its ARN: `<run>/<index>`. */
  readonly job: string;
  readonly minutes: number;
}

/** Of one run name, by device, the last successful jobs, oldest first. */
export type DeviceSamples = ReadonlyMap<string, readonly Sample[]>;

/** Minutes of the last successful jobs by `historyKey`, oldest first. */
export type Histories = ReadonlyMap<string, readonly number[]>;

export function historyKey(projectArn: string, runName: string, device: string): string {
  return JSON.stringify([projectArn, runName, device]);
}

/** What the jobs of one run teach: only PASSED ones of which it is known how long they were RUNNING. */
export function samplesOf(jobs: readonly Job[]): DeviceSamples {
  const samples = new Map<string, Sample[]>();
  for (const job of jobs) {
    const minutes = minutesRunning(job);
    if (minutes === undefined || job.device === '' || !parseArn(job.arn)) continue;
    const sample = { job: job.arn.split('/').slice(1).join('/'), minutes };
    samples.set(job.device, [...(samples.get(job.device) ?? []), sample]);
  }
  return samples;
}

/** The last samples of both; a job counts once, so that learning it again changes nothing. */
export function mergeSamples(known: readonly Sample[], added: readonly Sample[]): readonly Sample[] {
  const names = new Set(known.map(({ job }) => job));
  return [...known, ...added.filter(({ job }) => !names.has(job))].slice(-HISTORY_SIZE);
}

function minutesRunning({ status, result, started, stopped, counters }: Job): number | undefined {
  if (status !== 'COMPLETED' || result !== 'PASSED') return undefined;
  if (started !== undefined && stopped !== undefined && stopped > started)
    return (stopped - started) / 60_000;
  return counters.total && counters.total > 0 ? counters.total : undefined;
}
