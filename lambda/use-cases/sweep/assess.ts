import type { AccountSettings } from '../../core/account-settings.ts';
import type { Decision } from '../../core/decision.ts';
import type { Policy } from '../../core/policy/schema.ts';
import type { Hold } from '../../core/safety/hold.ts';
import { type IdleSlots, idleSlots } from '../../core/spend/idle-slots.ts';
import type { HeldOrder } from '../../core/steering/held-order.ts';
import { type Steering, UNKNOWN_STEERING } from '../../core/steering/steering.ts';
import type { AuditTrail, HeldOrders, Invocation, RunHistory, Tags } from '../../ports.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { type AccountPorts, readAccount } from '../inventory/read-account.ts';
import { readHistories } from '../inventory/read-histories.ts';
import type { LedgerPorts } from '../inventory/read-ledger.ts';
import { type InventoryPorts, takeInventory } from '../inventory/take-inventory.ts';
import { type Tally, tally } from '../inventory/tally.ts';
import type { Problems } from '../problems.ts';
import { decideProtected } from '../safety/decide-protected.ts';
import { readSteering } from '../safety/read-steering.ts';
import { TagReader } from '../safety/read-tags.ts';

export type AssessPorts = InventoryPorts &
  LedgerPorts &
  AccountPorts & {
    readonly history: Pick<RunHistory, 'of'>;
    readonly audit: Pick<AuditTrail, 'of'>;
    readonly heldOrders: Pick<HeldOrders, 'all'>;
    readonly tags: Tags;
  };

/** What is in flight, what it costs, how people steer the guard, and what follows from it. */
export interface Assessment extends Tally {
  readonly inventory: Inventory;
  /** Absent: the settings could not be read, now or before. */
  readonly account: AccountSettings | undefined;
  readonly idleSlots: readonly IdleSlots[];
  readonly steering: Steering;
  readonly heldOrders: readonly HeldOrder[];
  readonly decisions: readonly Decision[];
  /** What exemptions saved from a stop. */
  readonly saved: readonly Hold[];
}

/** A ledger that does not answer stops nothing. */
const NOTHING_TALLIED: Tally = { budgets: [], spend: [] };

/**
 * The first half of a sweep, and the whole of a plan: inventory, tally, decide. Stops nothing; writes only through `keeper`.
 * @throws SweepFailedError when not even the projects can be listed
 */
export async function assess(
  ports: AssessPorts,
  policy: Policy,
  invocation: Invocation,
  problems: Problems,
): Promise<Assessment> {
  const { now } = invocation;
  const account = await readAccount(ports, now, problems);
  const accountTimeoutMinutes = account?.defaultJobTimeoutMinutes;
  // Before the inventory: an order that comes later may mean work that this inventory has not seen, which is not over.
  const heldOrders = await problems.during('held orders could not be read', ports.heldOrders.all(), []);
  const inventory = await takeInventory(ports, { policy, accountTimeoutMinutes }, invocation);
  const [{ budgets, spend }, steering, histories] = await Promise.all([
    problems.during(
      'budgets could not be tallied; they stop nothing in this sweep',
      tally(ports, policy, inventory, now, problems),
      NOTHING_TALLIED,
    ),
    problems.during(
      'pauses and exemptions could not be read; this sweep stops nothing',
      readSteering(ports.audit, now),
      UNKNOWN_STEERING,
    ),
    problems.during(
      'histories of runs could not be read; elastic rules do not apply in this sweep',
      readHistories(ports.history, policy, inventory.items),
      new Map(),
    ),
  ]);
  const { exemptions: protections } = steering;
  const decided = await decideProtected(
    inventory.items,
    { policy, budgets, now, protections, heldOrders, histories },
    new TagReader(ports.tags, invocation, problems),
  );
  problems.add(...decided.problems);
  return {
    inventory,
    account,
    budgets,
    spend,
    idleSlots: account ? idleSlots(inventory.items, account) : [],
    steering,
    heldOrders,
    decisions: decided.decisions,
    saved: decided.saved,
  };
}
