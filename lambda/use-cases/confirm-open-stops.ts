import pMap from 'p-map';
import { parseArn } from '../core/arn.ts';
import { ListingError } from '../core/errors.ts';
import type { Job, Session } from '../core/service.ts';
import type { DeviceFarm, Invocation, OpenStop } from '../ports.ts';
import { type Confirmation, type ConfirmPorts, type ConfirmSettings, confirm } from './confirm.ts';
import { LAST_CALL } from './isolated.ts';
import type { Problems } from './problems.ts';

/** What following the open stops showed. */
export interface Confirmations {
  readonly confirmed: readonly string[];
  /** Stops that were asked for and have not taken effect in time. */
  readonly overdue: number;
}

/** Stops followed at once. */
const AT_ONCE = 4;

export type ConfirmAllPorts = ConfirmPorts & { readonly farm: Pick<DeviceFarm, 'jobs'> };

/**
 * Follows stops that were asked for before; one that fails holds up no other.
 * @param seen what the sweep has listed already, by ARN
 */
export async function confirmOpenStops(
  ports: ConfirmAllPorts,
  open: readonly OpenStop[],
  seen: ReadonlyMap<string, Job | Session>,
  settings: ConfirmSettings,
  invocation: Invocation,
  problems: Problems,
): Promise<Confirmations> {
  const known = new Map([...seen, ...(await jobsOfEndedRuns(ports.farm, open, seen))]);
  const results = await pMap(
    open,
    async (one): Promise<{ arn: string; result: Confirmation | { readonly kind: 'outOfTime' } }> => {
      if (invocation.msLeft() < LAST_CALL) return { arn: one.arn, result: { kind: 'outOfTime' } };
      const result = await problems.during<Confirmation>(
        `${one.arn}: its stop could not be confirmed`,
        confirm(ports, one, known.get(one.arn), settings),
        { kind: 'waiting' },
      );
      return { arn: one.arn, result };
    },
    { concurrency: AT_ONCE },
  );
  for (const { result } of results) {
    if (result.kind === 'unreadable' && result.accessDenied) problems.accessDenied += 1;
    if ('problem' in result) problems.add(result.problem);
  }
  const count = (kind: string): number => results.filter(({ result }) => result.kind === kind).length;
  if (count('outOfTime') > 0) problems.add('no time was left to confirm all stops; the next sweep goes on');
  return {
    confirmed: results.filter(({ result }) => result.kind === 'confirmed').map(({ arn }) => arn),
    overdue: count('overdue'),
  };
}

/** The jobs of runs of which several stops are open: one listing instead of a Get for each. */
async function jobsOfEndedRuns(
  farm: Pick<DeviceFarm, 'jobs'>,
  open: readonly OpenStop[],
  seen: ReadonlyMap<string, Job | Session>,
): Promise<ReadonlyMap<string, Job>> {
  const unseen = open.filter(({ arn }) => !seen.has(arn)).flatMap(({ arn }) => parseArn(arn)?.runArn ?? []);
  const runs = [...new Set(unseen.filter((run, index) => unseen.indexOf(run) !== index))];
  const jobs = new Map<string, Job>();
  await pMap(
    runs,
    async (run) => {
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
