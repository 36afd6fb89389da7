import type { AccountSettings } from '../lambda/core/account-settings.ts';
import { parseArn } from '../lambda/core/arn.ts';
import { type Decisions, decide } from '../lambda/core/decide.ts';
import type { Decision } from '../lambda/core/decision.ts';
import type { Policy } from '../lambda/core/policy/schema.ts';
import { rank } from '../lambda/core/rank.ts';
import type { BudgetState } from '../lambda/core/spend/budget-state.ts';
import { type IdleSlots, idleSlots } from '../lambda/core/spend/idle-slots.ts';
import type { SpendLine } from '../lambda/core/spend/spend-line.ts';
import type { DeviceFarm, Ledger, ProjectMemories, RunHistory } from '../lambda/ports.ts';
import { Problems } from '../lambda/use-cases/problems.ts';
import { type AccountPorts, readAccount } from '../lambda/use-cases/read-account.ts';
import { readHistories } from '../lambda/use-cases/read-histories.ts';
import { type Inventory, takeInventory } from '../lambda/use-cases/take-inventory.ts';
import { tally } from '../lambda/use-cases/tally.ts';

/** What a plan reads. Nothing in it can write. */
export interface PlanPorts {
  readonly farm: DeviceFarm;
  readonly memories: Pick<ProjectMemories, 'all'>;
  readonly ledger: Pick<Ledger, 'between'>;
  readonly history: Pick<RunHistory, 'of'>;
}

/** What the guard would find and decide at this moment. */
export interface Plan {
  readonly inventory: Inventory;
  readonly budgets: readonly BudgetState[];
  readonly spend: readonly SpendLine[];
  /** Trial minutes, slots and the default timeout; absent when they could not be read. */
  readonly settings?: AccountSettings;
  readonly idleSlots: readonly IdleSlots[];
  readonly decisions: readonly Decision[];
  /** What is to be stopped, in the order of stopping; what would be stopped comes after what is. */
  readonly stops: readonly Decision[];
  readonly problems: readonly string[];
  readonly account?: string;
}

/** A plan reads the settings themselves: what was remembered may be an hour old. */
const NO_MEMORY: AccountPorts['account'] = { last: async () => undefined, keep: async () => {} };

/**
 * The first half of a sweep, by the guard's own code: inventory, tally, decide, rank. Takes the time that it takes.
 * @throws SweepFailedError when not even the projects can be listed, AwsCallError when the state table does not answer
 */
export async function makePlan(ports: PlanPorts, policy: Policy, now: number): Promise<Plan> {
  // A sweep goes on without its memory; somebody who names a table wants to hear that it cannot be read.
  const remembered = await ports.memories.all();
  const memories = { all: () => Promise.resolve(remembered) };
  const unlimited = { now, msLeft: () => Number.POSITIVE_INFINITY };
  const noticed = new Problems();
  const settings = await readAccount({ farm: ports.farm, account: NO_MEMORY }, now, noticed);
  const inventory = await takeInventory(
    { farm: ports.farm, memories },
    { policy, accountTimeoutMinutes: settings?.defaultJobTimeoutMinutes },
    unlimited,
  );
  const { budgets, spend } = await tally(ports.ledger, policy, inventory, now);
  const histories = await readHistories(ports.history, policy, inventory.items);
  const { decisions, problems }: Decisions = decide(inventory.items, { policy, budgets, now, histories });
  const withAction = (action: Decision['action']) => decisions.filter((one) => one.action === action);
  const account = inventory.projects.map(({ arn }) => parseArn(arn)?.account).find(Boolean);
  return {
    inventory,
    budgets,
    spend,
    idleSlots: settings ? idleSlots(inventory.items, settings) : [],
    decisions,
    stops: [...rank(withAction('stop')), ...rank(withAction('would-stop'))],
    problems: [...inventory.problems, ...noticed.all, ...problems],
    ...(account === undefined ? {} : { account }),
    ...(settings === undefined ? {} : { settings }),
  };
}
