import { type Hold, holdsOfPause } from '../../core/safety/hold.ts';
import type { Cause } from '../../core/stops/cause.ts';
import type { AuditTrail, HeldOrders, Invocation, OpenStop } from '../../ports.ts';
import type { Problems } from '../problems.ts';
import { acceptedBefore } from '../safety/accepted-before.ts';
import { dropHeldOrders } from '../safety/drop-held-orders.ts';
import { recordHolds } from '../safety/record-holds.ts';
import { type SafetyPorts, stopWithinSafety } from '../safety/stop-within-safety.ts';
import { type ActResult, act, sparedRuns } from '../stop/act.ts';
import type { StopSettings } from '../stop/stop-order.ts';
import type { StopRunPorts } from '../stop/stop-run.ts';
import type { SweepContext } from '../sweep-context.ts';
import type { Assessment } from './assess.ts';

export type CarryOutDecisionsPorts = StopRunPorts &
  SafetyPorts & {
    readonly audit: Pick<AuditTrail, 'add' | 'of'>;
    readonly heldOrders: Pick<HeldOrders, 'drop'>;
  };

export interface CarriedOut {
  readonly results: readonly ActResult[];
  /** Stops that were held for the first time. */
  readonly newHolds: readonly Hold[];
}

/**
 * Stops what is to be stopped, as far as pause, breaker and cap let it through, and records what they and exemptions hold.
 * @param open stops that were asked for before and whose end has not been seen
 */
export async function carryOutDecisions(
  ports: CarryOutDecisionsPorts,
  { inventory, steering, heldOrders, decisions, saved }: Assessment,
  open: readonly OpenStop[],
  { policy, policyVersion, sweepId }: SweepContext,
  settings: StopSettings,
  invocation: Invocation,
  problems: Problems,
): Promise<CarriedOut> {
  const cause: Pick<Cause, 'actor' | 'policyVersion' | 'sweepId'> = {
    actor: 'schedule',
    policyVersion,
    sweepId,
  };
  const stops = decisions.filter(({ action }) => action === 'stop');
  const accepted = await problems.during(
    'which stops were accepted before could not be read; they count as further stops of the hour',
    acceptedBefore(
      ports.audit,
      stops.map(({ item }) => item.arn),
      open,
    ),
    new Set<string>(),
  );
  const safe = await stopWithinSafety(
    ports,
    {
      policy,
      decisions,
      stops: steering.pause ? [] : stops,
      accepted,
      active: inventory.items.length,
      complete: !inventory.partial,
    },
    invocation,
    problems,
    (now) => act(ports, now, cause, settings, invocation, sparedRuns(inventory.items, now)),
  );
  const held = [...holdsOfPause(stops, steering.pause), ...safe.holds];
  const newHolds = await recordHolds(
    ports.audit,
    [...held, ...saved],
    { ...cause, mode: 'enforce' },
    settings.pricePerMeteredMinute,
    problems,
  );
  const results = [...safe.results, ...held.map(heldBack)];
  await dropHeldOrders(ports.heldOrders, heldOrders, inventory, results, problems);
  return { results, newHolds };
}

function heldBack({ item, kind, why }: Hold): ActResult {
  return { kind: 'heldBack', arn: item.arn, why, by: kind };
}
