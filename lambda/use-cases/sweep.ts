import type { AccountSettings } from '../core/account-settings.ts';
import type { Decision } from '../core/decision.ts';
import { type Hold, holdsOfPause } from '../core/hold.ts';
import type { Policy } from '../core/policy/schema.ts';
import { retryHold } from '../core/retry-hold.ts';
import type { BudgetState } from '../core/spend/budget-state.ts';
import { type IdleSlots, idleSlots } from '../core/spend/idle-slots.ts';
import type { SpendLine } from '../core/spend/spend-line.ts';
import { UNKNOWN_STEERING } from '../core/steering.ts';
import { summarize } from '../core/summarize.ts';
import type { SweepSummary } from '../core/sweep-summary.ts';
import type {
  HeldOrders,
  Invocation,
  Ledger,
  Log,
  Metrics,
  ProjectMemories,
  RunHistory,
  Tags,
} from '../ports.ts';
import { type ActResult, act, recordWouldStops, sparedRuns } from './act.ts';
import type { ConfirmPorts } from './confirm.ts';
import { type Confirmations, confirmOpenStops } from './confirm-open-stops.ts';
import { decideProtected } from './decide-protected.ts';
import { dropHeldOrders } from './drop-held-orders.ts';
import { Problems } from './problems.ts';
import { type AccountPorts, readAccount } from './read-account.ts';
import { readHistories } from './read-histories.ts';
import { readSteering } from './read-steering.ts';
import { TagReader } from './read-tags.ts';
import { recordHolds } from './record-holds.ts';
import { reportSweep } from './report-sweep.ts';
import type { StopPorts } from './stop.ts';
import { type SafetyPorts, stopWithinSafety } from './stop-within-safety.ts';
import { type Inventory, type InventoryPorts, takeInventory } from './take-inventory.ts';
import { type Tally, tally } from './tally.ts';
import { tellIdleSlots } from './tell-idle-slots.ts';
import { type TellingPorts, tellThresholds } from './tell-thresholds.ts';

export type SweepPorts = StopPorts &
  SafetyPorts &
  ConfirmPorts &
  Omit<InventoryPorts, 'keeper'> &
  TellingPorts &
  AccountPorts & {
    readonly ledger: Ledger;
    readonly memories: ProjectMemories;
    readonly history: RunHistory;
    readonly heldOrders: Pick<HeldOrders, 'all' | 'drop'>;
    readonly tags: Tags;
    readonly metrics: Metrics;
    readonly log: Log;
  };

/** Which policy, and which sweep. */
export interface SweepContext {
  readonly policy: Policy;
  readonly policyVersion: string;
  readonly sweepId: string;
}

/** What a sweep found and did, before it is told. */
export interface SweepFindings extends Confirmations {
  readonly inventory: Inventory;
  readonly budgets: readonly BudgetState[];
  readonly spend: readonly SpendLine[];
  readonly account: AccountSettings | undefined;
  readonly idleSlots: readonly IdleSlots[];
  readonly decisions: readonly Decision[];
  /** Would-be stops that were recorded for the first time. */
  readonly newWouldStops: readonly Decision[];
  readonly results: readonly ActResult[];
  /** Stops that were held for the first time: by a pause, an exemption, the cap or the breaker. */
  readonly newHolds: readonly Hold[];
  /** A table or topic failed, so that something was not seen. */
  readonly blind: boolean;
  /** Calls that IAM refused, those of the inventory and of stops aside. */
  readonly accessDenied: number;
  readonly problems: readonly string[];
}

/**
 * One pass over everything: inventory, tally, decide, act, confirm, report.
 * @throws SweepFailedError when not even the projects can be listed
 */
export async function sweep(
  ports: SweepPorts,
  context: SweepContext,
  invocation: Invocation,
): Promise<SweepSummary> {
  const problems = new Problems();
  const settings = settingsOf(context, invocation.now);
  const account = await readAccount(ports, invocation.now, problems);
  const inventory = await takeInventory(
    { ...ports, keeper: ports },
    { ...context, accountTimeoutMinutes: account?.defaultJobTimeoutMinutes },
    invocation,
  );
  const openBefore = await problems.during('open stops could not be read', ports.openStops.all(), []);
  const { budgets, spend } = await problems.during(
    'budgets could not be tallied; they stop nothing in this sweep',
    tally(ports.ledger, context.policy, inventory, invocation.now),
    NOTHING_TALLIED,
  );
  const steering = await problems.during(
    'pauses and exemptions could not be read; this sweep stops nothing',
    readSteering(ports.audit, invocation.now),
    UNKNOWN_STEERING,
  );
  const heldOrders = await problems.during('held orders could not be read', ports.heldOrders.all(), []);
  const histories = await problems.during(
    'histories of runs could not be read; elastic rules do not apply in this sweep',
    readHistories(ports.history, context.policy, inventory.items),
    new Map(),
  );
  const {
    decisions,
    saved,
    problems: faults,
  } = await decideProtected(
    inventory.items,
    {
      policy: context.policy,
      budgets,
      now: invocation.now,
      protections: steering.exemptions,
      heldOrders,
      histories,
    },
    new TagReader(ports.tags, invocation, problems),
  );
  problems.add(...faults);
  const cause = { actor: 'schedule', policyVersion: context.policyVersion, sweepId: context.sweepId };
  const newWouldStops = await recordWouldStops(
    ports.audit,
    // What may be exempt is not said to be stopped if the policy were enforced.
    decisions.filter(({ action }) => action === 'would-stop' && steering !== UNKNOWN_STEERING),
    cause,
    settings.pricePerMeteredMinute,
    problems,
  );
  const stops = decisions.filter(({ action }) => action === 'stop');
  const safe = await stopWithinSafety(
    ports,
    {
      policy: context.policy,
      decisions,
      stops: steering.pause ? [] : stops,
      open: new Set(openBefore.map(({ arn }) => arn)),
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
  const confirmations = await confirmOpenStops(
    ports,
    openBefore.filter(({ arn }) => !hasStopped(results, arn)),
    { seen: inventory.seen, tried: triedIn(results), whyHeld: retryHold(steering, decisions) },
    { ...settings, ...context },
    invocation,
    problems,
  );
  await problems.during(
    'crossed thresholds could not be told; the next sweep tells them',
    tellThresholds(ports, budgets, {
      mode: context.policy.mode,
      policyVersion: context.policyVersion,
      sweepId: context.sweepId,
    }),
    undefined,
  );
  const idle = account ? idleSlots(inventory.items, account) : [];
  await problems.during(
    'idle unmetered slots could not be told; the next sweep tells them',
    tellIdleSlots(ports, idle, invocation.now),
    undefined,
  );
  const findings = {
    inventory,
    budgets,
    spend,
    account,
    idleSlots: idle,
    decisions,
    newWouldStops,
    results: [...results.filter(({ arn }) => !isAmong(confirmations.retried, arn)), ...confirmations.retried],
    newHolds,
    ...confirmations,
    blind: problems.blind,
    accessDenied: problems.accessDenied,
    problems: problems.all,
  };
  const summary = summarize(findings, context);
  await reportSweep(ports, summary, findings, invocation.now);
  return summary;
}

/** A ledger that does not answer stops nothing. */
const NOTHING_TALLIED: Tally = { budgets: [], spend: [] };

function settingsOf({ policy }: SweepContext, now: number) {
  return {
    now,
    pricePerMeteredMinute: policy.pricePerMeteredMinute,
    confirmWithinMinutes: policy.safety.confirmWithinMinutes,
    maxAttempts: policy.safety.maxAttempts,
  };
}

/** A stop of this very sweep has only just been asked for. */
function hasStopped(results: readonly ActResult[], arn: string): boolean {
  return results.some((result) => result.kind === 'stopped' && result.arn === arn);
}

/** What was asked for in this sweep, without success or by somebody else at this moment. */
function triedIn(results: readonly ActResult[]): ReadonlySet<string> {
  return new Set(
    results.filter(({ kind }) => kind === 'failed' || kind === 'inProgress').map(({ arn }) => arn),
  );
}

function isAmong(results: readonly ActResult[], arn: string): boolean {
  return results.some((result) => result.arn === arn);
}

function heldBack({ item, kind, why }: Hold): ActResult {
  return { kind: 'heldBack', arn: item.arn, why, by: kind };
}
