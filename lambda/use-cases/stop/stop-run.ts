import pMap from 'p-map';
import { ListingError } from '../../core/errors.ts';
import type { Job } from '../../core/service.ts';
import type { Outcome } from '../../core/stops/outcome.ts';
import { whyNotWhole } from '../../core/stops/whole-run.ts';
import type { DeviceFarm } from '../../ports.ts';
import { failedBy, isolated } from '../isolated.ts';
import { beginStop, type Ready } from './begin-stop.ts';
import { outcomeOf } from './outcome-of-reply.ts';
import { nextRunAttempt, requestRun } from './request-run.ts';
import { type Attempt, intend } from './stop-attempt.ts';
import type { StopOrder, StopPorts, StopSettings } from './stop-order.ts';

export type StopRunPorts = StopPorts & { readonly farm: Pick<DeviceFarm, 'jobs' | 'run'> };

/** What became of the orders for a run; `left` are those that need a stop of their own. */
export interface RunStop {
  readonly outcomes: readonly Outcome[];
  readonly left: readonly StopOrder[];
}

/** Jobs of one run under way at once. */
const AT_ONCE = 4;

/**
 * Stops jobs of one run by one StopRun, if that stops nothing but them. Each has its own intent before and its own outcome
 * after, and so has the run.
 * @param orders for jobs of this run
 * @param fewest how many jobs must be left to stop for one call to be better than their own
 */
export async function stopRun(
  ports: StopRunPorts,
  runArn: string,
  orders: readonly StopOrder[],
  settings: StopSettings,
  fewest: number,
): Promise<RunStop> {
  const number = await nextRunAttempt(ports, runArn).catch((error: unknown) => ({ error }));
  if (typeof number !== 'number')
    return { outcomes: orders.map(({ target }) => failedBy(target.arn, number.error)), left: [] };
  const begun = await pMap(orders, (order) => beginOne(ports, order, settings), { concurrency: AT_ONCE });
  const attempts = begun.flatMap((one) => (one.kind === 'ready' ? [one.attempt] : []));
  const done = begun.flatMap((one) => (one.kind === 'ready' ? [] : [one]));
  if (attempts.length < fewest || !(await isWhole(ports, runArn, attempts)))
    return { outcomes: done, left: attempts.map(({ target, cause }) => ({ target, cause })) };
  const failures = await intendAll(attempts);
  const intended = attempts.filter(({ target }) => !failures.some(({ arn }) => arn === target.arn));
  // A job without an intent must not be stopped, so the run must not.
  if (failures.length > 0)
    return {
      outcomes: [...done, ...failures],
      left: intended.map(({ target, cause }) => ({ target, cause })),
    };
  return { outcomes: [...done, ...(await byRun(ports, runArn, number, attempts))], left: [] };
}

async function beginOne(
  ports: StopRunPorts,
  { target, cause }: StopOrder,
  settings: StopSettings,
): Promise<Outcome | Ready> {
  try {
    return await beginStop(ports, target, cause, settings);
  } catch (error) {
    return failedBy(target.arn, error);
  }
}

async function intendAll(attempts: readonly Attempt[]): Promise<readonly Outcome[]> {
  const results = await pMap(
    attempts,
    (attempt) =>
      intend(attempt).then(
        () => [],
        (error: unknown) => [failedBy(attempt.target.arn, error)],
      ),
    { concurrency: AT_ONCE },
  );
  return results.flat();
}

/** Whether stopping the run stops nothing but these jobs. A run that cannot be read in full is not known to be whole. */
async function isWhole(
  { farm }: StopRunPorts,
  runArn: string,
  attempts: readonly Attempt[],
): Promise<boolean> {
  const run = await farm.run(runArn);
  if (run.state !== 'found') return false;
  const jobs: Job[] = [];
  try {
    for await (const page of farm.jobs(runArn)) jobs.push(...page);
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
    return false;
  }
  const decided = new Map(attempts.map(({ target, cause }) => [target.arn, cause.only]));
  return whyNotWhole({ totalJobs: run.value.totalJobs, jobs, decided }) === undefined;
}

async function byRun(
  ports: StopRunPorts,
  runArn: string,
  number: number,
  attempts: readonly Attempt[],
): Promise<readonly Outcome[]> {
  try {
    const reply = await requestRun(ports, runArn, number, attempts);
    return await pMap(attempts, (attempt) => isolated(attempt.target.arn, () => outcomeOf(attempt, reply)), {
      concurrency: AT_ONCE,
    });
  } catch (error) {
    return attempts.map(({ target }) => failedBy(target.arn, error));
  }
}
