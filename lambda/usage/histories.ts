import { parseArn } from '../arn.ts';
import type { Job } from '../model.ts';
import { MINUTE } from '../time.ts';

/** Successful jobs that are remembered of one run name and device. */
export const HISTORY_SIZE = 20;
/** Successful jobs from which on their median is the usual duration. */
const ENOUGH = 3;

/** How long one successful job was RUNNING. */
export interface Sample {
  /** What stands behind the project in its ARN: `<run>/<index>`. */
  readonly job: string;
  readonly minutes: number;
}

/** Of one run name, by device, the last successful jobs, oldest first. */
export type DeviceSamples = ReadonlyMap<string, readonly Sample[]>;

/** Minutes of the last successful jobs by `historyKey`, oldest first. */
export type JobHistories = ReadonlyMap<string, readonly number[]>;

export function historyKey(projectArn: string, runName: string, device: string): string {
  return `${projectArn}\n${device}\n${runName}`;
}

/** What the jobs of one run show: only PASSED ones of which it is known how long they were RUNNING. */
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

/** The last samples of both; a job counts once, so that adding it again changes nothing. */
export function mergeSamples(known: readonly Sample[], added: readonly Sample[]): readonly Sample[] {
  const names = new Set(known.map(({ job }) => job));
  return [...known, ...added.filter(({ job }) => !names.has(job))].slice(-HISTORY_SIZE);
}

/** The usual duration of such jobs; `undefined` while too few are known. */
export function usualMinutes(minutes: readonly number[]): number | undefined {
  return minutes.length < ENOUGH ? undefined : median(minutes);
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? upper;
  return (lower + upper) / 2;
}

function minutesRunning({ status, result, started, stopped, counters }: Job): number | undefined {
  if (status !== 'COMPLETED' || result !== 'PASSED') return undefined;
  if (started !== undefined && stopped !== undefined && stopped > started)
    return (stopped - started) / MINUTE;
  const { total = 0 } = counters;
  return total > 0 ? total : undefined;
}
