import pMap from 'p-map';
import type { Job, Session } from '../../core/service.ts';
import type { Invocation, OpenStop } from '../../ports.ts';
import { LAST_CALL } from '../isolated.ts';
import type { Problems } from '../problems.ts';
import type { ActResult } from '../stop/act.ts';
import type { StopRunPorts } from '../stop/stop-run.ts';
import { askAgain, type Retrying } from './ask-again.ts';
import { type Confirmation, type ConfirmPorts, type ConfirmSettings, confirm } from './confirm.ts';
import { type EscalatePorts, escalate } from './escalate.ts';
import { jobsOfStoppedRuns } from './jobs-of-stopped-runs.ts';

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

/** What following one stop showed, unless no time was left for it. */
interface FollowedStop {
  readonly arn: string;
  readonly result: Confirmation | { readonly kind: 'outOfTime' };
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
  const listed = await jobsOfStoppedRuns(ports.farm, open, followed.seen, invocation);
  const known = new Map([...followed.seen, ...listed]);
  const results = await followAll(ports, open, known, settings, invocation, problems);
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

async function followAll(
  ports: ConfirmPorts,
  open: readonly OpenStop[],
  known: ReadonlyMap<string, Job | Session>,
  settings: ConfirmSettings,
  invocation: Invocation,
  problems: Problems,
): Promise<readonly FollowedStop[]> {
  const follow = async (one: OpenStop): Promise<FollowedStop> => {
    if (invocation.msLeft() < LAST_CALL) return { arn: one.arn, result: { kind: 'outOfTime' } };
    const result = await problems.during<Confirmation>(
      `${one.arn}: its stop could not be confirmed`,
      confirm(ports, one, known.get(one.arn), settings),
      { kind: 'waiting' },
    );
    if (result.kind === 'unreadable' && result.accessDenied) problems.accessDenied += 1;
    return { arn: one.arn, result };
  };
  const results = await pMap(open, follow, { concurrency: AT_ONCE });
  for (const { result } of results) if ('problem' in result) problems.add(result.problem);
  return results;
}
