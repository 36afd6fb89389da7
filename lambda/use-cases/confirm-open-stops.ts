import pMap from 'p-map';
import { parseArn } from '../core/arn.ts';
import { ListingError } from '../core/errors.ts';
import type { Job, Session } from '../core/service.ts';
import type { DeviceFarm, Invocation, OpenStop } from '../ports.ts';
import type { ActResult } from './act.ts';
import { askAgain, type Retrying } from './ask-again.ts';
import { type Confirmation, type ConfirmPorts, type ConfirmSettings, confirm } from './confirm.ts';
import { type EscalatePorts, escalate } from './escalate.ts';
import { LAST_CALL } from './isolated.ts';
import type { Problems } from './problems.ts';
import type { StopRunPorts } from './stop-run.ts';

/** What following the open stops showed. */
export interface Confirmations {
  readonly confirmed: readonly string[];
  /** Stops that were asked for and have not taken effect in time. */
  readonly overdue: number;
  /** Stops that were given up and whose work has not ended. */
  readonly escalated: number;
  /** What became of the stops that were asked for again. */
  readonly retried: readonly ActResult[];
}

/** Stops followed at once. */
const AT_ONCE = 4;

/** What the sweep knows of the stops that it follows. */
export interface Followed extends Retrying {
  /** What it has listed already, by ARN. */
  readonly seen: ReadonlyMap<string, Job | Session>;
}

export type ConfirmAllPorts = ConfirmPorts & StopRunPorts & EscalatePorts;

/** Follows stops that were asked for before; one that fails holds up no other. */
export async function confirmOpenStops(
  ports: ConfirmAllPorts,
  open: readonly OpenStop[],
  followed: Followed,
  settings: ConfirmSettings,
  invocation: Invocation,
  problems: Problems,
): Promise<Confirmations> {
  const known = new Map([...followed.seen, ...(await jobsOfEndedRuns(ports.farm, open, followed.seen))]);
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
  const asked = await askAgain(
    ports,
    results.flatMap(({ result }) => (result.kind === 'again' ? [result] : [])),
    followed,
    settings,
    invocation,
  );
  const given = results.flatMap(({ result }) => (result.kind === 'escalate' ? [result] : []));
  const givenUp = [...given, ...asked.givenUp];
  for (const { requested, sentence } of [...asked.due, ...givenUp])
    problems.add(`${requested.subject}: ${sentence}`);
  await escalate(ports, givenUp, settings, problems);
  return {
    confirmed: results.filter(({ result }) => result.kind === 'confirmed').map(({ arn }) => arn),
    overdue: count('overdue') + asked.due.length,
    escalated: givenUp.length,
    retried: asked.results,
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
