import { parseArn } from '../../core/arn.ts';
import type { StoredAuditRecord } from '../../core/audit-record.ts';
import type { Invocation } from '../../ports.ts';
import { LAST_CALL } from '../isolated.ts';
import { type ActResult, toActResult } from '../stop/act.ts';
import type { StopSettings } from '../stop/stop-order.ts';
import { stopOrders } from '../stop/stop-orders.ts';
import { type StopRunPorts, stopRun } from '../stop/stop-run.ts';
import type { Confirmation, WithoutEffect } from './confirm.ts';

type Again = Extract<Confirmation, { kind: 'again' }>;

/** Which stops are not asked for again just now. */
export interface Retrying {
  /** ARNs that were asked for in this very sweep without success: not twice in one breath. */
  readonly tried: ReadonlySet<string>;
  /** Why a stop is held, such as by a pause; `undefined`: ask. Held stops are asked for when nothing holds them any more. */
  readonly whyHeld: (requested: StoredAuditRecord) => Promise<string | undefined>;
}

export interface AskedAgain {
  readonly results: readonly ActResult[];
  /** What was asked again, or was asked already in this sweep. */
  readonly due: readonly WithoutEffect[];
  /** What cannot be asked in any other way. */
  readonly givenUp: readonly WithoutEffect[];
}

/** Asks once more for stops without effect: each by its own call and, after the last attempt, by its whole run. */
export async function askAgain(
  ports: StopRunPorts,
  stops: readonly Again[],
  { tried, whyHeld }: Retrying,
  settings: StopSettings,
  invocation: Invocation,
): Promise<AskedAgain> {
  const held = await Promise.all(stops.map(({ requested }) => whyHeld(requested)));
  const due = stops.filter((_, index) => held[index] === undefined);
  const now = due.filter(({ requested }) => !tried.has(requested.subject));
  const orders = now.filter(({ last }) => !last).map(({ order }) => order);
  const results = (await stopOrders(ports, orders, settings, invocation)).map(toActResult);
  const givenUp: WithoutEffect[] = [];
  for (const [run, own] of byRun(now.filter(({ last }) => last))) {
    const last = await atLast(ports, run, own, settings, invocation);
    results.push(...last.results);
    givenUp.push(...last.givenUp);
  }
  return { results, due: due.filter((stop) => !givenUp.includes(stop)), givenUp };
}

function byRun(stops: readonly Again[]): ReadonlyMap<string, readonly Again[]> {
  const groups = new Map<string, Again[]>();
  for (const stop of stops) {
    const { arn } = stop.order.target;
    const key = parseArn(arn)?.runArn ?? arn;
    groups.set(key, [...(groups.get(key) ?? []), stop]);
  }
  return groups;
}

/** StopRun for work whose own stops had no effect, if it stops nothing else. A session has no run. */
async function atLast(
  ports: StopRunPorts,
  run: string,
  stops: readonly Again[],
  settings: StopSettings,
  invocation: Invocation,
): Promise<{ readonly results: readonly ActResult[]; readonly givenUp: readonly WithoutEffect[] }> {
  if (parseArn(run)?.kind !== 'run') return { results: [], givenUp: stops };
  if (invocation.msLeft() < LAST_CALL)
    return {
      results: stops.map(({ order }) => toActResult({ kind: 'outOfTime', arn: order.target.arn })),
      givenUp: [],
    };
  const beyond = { ...settings, maxAttempts: Number.POSITIVE_INFINITY };
  const orders = stops.map(({ order }) => order);
  const { outcomes, left } = await stopRun(ports, run, orders, beyond, 1);
  const notDone = new Set(left.map(({ target }) => target.arn));
  return { results: outcomes, givenUp: stops.filter(({ order }) => notDone.has(order.target.arn)) };
}
