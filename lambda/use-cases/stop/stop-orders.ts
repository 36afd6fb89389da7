import pMap from 'p-map';
import { parseArn } from '../../core/arn.ts';
import type { Outcome } from '../../core/stops/outcome.ts';
import type { Invocation } from '../../ports.ts';
import { isolated, LAST_CALL } from '../isolated.ts';
import { stop } from './stop.ts';
import type { StopOrder, StopSettings } from './stop-order.ts';
import { type StopRunPorts, stopRun } from './stop-run.ts';

/** Stops under way at once. Stop calls refill at one per second, so more would only wait. */
const STOPS_AT_ONCE = 4;
/** Jobs of a run from which one call for all of them is tried. */
const FEWEST_BY_RUN = 2;

/** What became of an order; `outOfTime`: it was not begun. */
export type OrderResult = Outcome | { readonly kind: 'outOfTime'; readonly arn: string };

/**
 * Carries out orders in their order, jobs of one run together when they are all that is left of it. One that fails is an
 * outcome, and the next goes on.
 * @param spared runs that are known to have other work, so that one call for the run is not tried
 */
export async function stopOrders(
  ports: StopRunPorts,
  orders: readonly StopOrder[],
  settings: StopSettings,
  invocation: Invocation,
  spared: ReadonlySet<string> = new Set(),
): Promise<readonly OrderResult[]> {
  const groups = grouped(orders, spared);
  const results = await pMap(
    groups,
    ({ run, orders: own }) => {
      if (run === undefined || invocation.msLeft() < LAST_CALL)
        return oneByOne(ports, own, settings, invocation);
      return together(ports, run, own, settings, invocation);
    },
    { concurrency: STOPS_AT_ONCE },
  );
  const byArn = new Map(results.flat().map((result) => [result.arn, result]));
  return orders.flatMap(({ target }) => byArn.get(target.arn) ?? []);
}

interface Group {
  /** Absent: each by itself. */
  readonly run?: string;
  readonly orders: StopOrder[];
}

/** Groups stand where their first order stood. */
function grouped(orders: readonly StopOrder[], spared: ReadonlySet<string>): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const order of orders) {
    const { arn } = order.target;
    const run = parseArn(arn)?.runArn;
    const key = run !== undefined && !spared.has(run) ? run : arn;
    const group = groups.get(key);
    if (group) group.orders.push(order);
    else groups.set(key, { run: key === run ? run : undefined, orders: [order] });
  }
  return [...groups.values()].map((group) =>
    group.orders.length < FEWEST_BY_RUN ? { orders: group.orders } : group,
  );
}

async function together(
  ports: StopRunPorts,
  run: string,
  orders: readonly StopOrder[],
  settings: StopSettings,
  invocation: Invocation,
): Promise<readonly OrderResult[]> {
  const { outcomes, left } = await stopRun(ports, run, orders, settings, FEWEST_BY_RUN);
  return [...outcomes, ...(await oneByOne(ports, left, settings, invocation))];
}

function oneByOne(
  ports: StopRunPorts,
  orders: readonly StopOrder[],
  settings: StopSettings,
  invocation: Invocation,
): Promise<readonly OrderResult[]> {
  return pMap(
    orders,
    ({ target, cause }): Promise<OrderResult> | OrderResult =>
      invocation.msLeft() < LAST_CALL
        ? { kind: 'outOfTime', arn: target.arn }
        : isolated(target.arn, () => stop(ports, target, cause, settings)),
    { concurrency: STOPS_AT_ONCE },
  );
}
