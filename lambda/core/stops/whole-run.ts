import type { StopScope } from '../decision.ts';
import type { Job } from '../service.ts';
import { phaseOf } from '../work-item.ts';

/** A run as it was read just now, and what was decided of its jobs. */
export interface RunReading {
  /** Jobs of the run by its own word. */
  readonly totalJobs?: number;
  /** All jobs that its listing showed. */
  readonly jobs: readonly Job[];
  /** The jobs that are to be stopped, by ARN. */
  readonly decided: ReadonlyMap<string, StopScope>;
}

/**
 * Why stopping the whole run would stop more than was decided; `undefined` when it would not. What the listing lacks and
 * what has an unknown status counts as something to keep.
 */
export function whyNotWhole({ totalJobs, jobs, decided }: RunReading): string | undefined {
  if (totalJobs === undefined) return 'the run does not tell how many jobs it has';
  const listed = new Map(jobs.map((job) => [job.arn, job]));
  if (listed.size !== totalJobs) return `${listed.size} of ${totalJobs} jobs of the run are listed`;
  const kept = [...listed.values()].find((job) => !mayEnd(job, decided.get(job.arn)));
  return kept && `${kept.arn} is ${kept.status || 'without a status'} and not to be stopped`;
}

function mayEnd({ status }: Job, scope: StopScope | undefined): boolean {
  const phase = phaseOf(status);
  if (phase === 'completed' || phase === 'stopping') return true;
  if (phase === 'unknown' || scope === undefined) return false;
  return scope === 'any' || phase === 'queued';
}
