import pMap from 'p-map';
import { parseArn } from '../../core/arn.ts';
import { ListingError } from '../../core/errors.ts';
import type { Job, Session } from '../../core/service.ts';
import type { DeviceFarm, Invocation } from '../../ports.ts';
import { LAST_CALL } from '../isolated.ts';

/** Runs listed at once. */
const AT_ONCE = 4;

/**
 * The jobs of runs of which several stops are open, made or only observed, by ARN: one listing instead of a Get for each. What
 * is not listed before time runs out is left to whoever asks for it one by one.
 */
export async function jobsOfStoppedRuns(
  farm: Pick<DeviceFarm, 'jobs'>,
  open: readonly { readonly arn: string }[],
  seen: ReadonlyMap<string, Job | Session>,
  { msLeft }: Pick<Invocation, 'msLeft'>,
): Promise<ReadonlyMap<string, Job>> {
  const unseen = open.filter(({ arn }) => !seen.has(arn)).flatMap(({ arn }) => parseArn(arn)?.runArn ?? []);
  const runs = [...new Set(unseen.filter((run, index) => unseen.indexOf(run) !== index))];
  const jobs = new Map<string, Job>();
  await pMap(
    runs,
    async (run) => {
      if (msLeft() < LAST_CALL) return;
      try {
        for await (const page of farm.jobs(run)) for (const job of page) jobs.set(job.arn, job);
      } catch (error) {
        // What the listing lacks is asked for one by one, and then told if that fails as well.
        if (!(error instanceof ListingError)) throw error;
      }
    },
    { concurrency: AT_ONCE },
  );
  return jobs;
}
