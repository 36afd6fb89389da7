import { type Decisions, decide } from '../core/decide.ts';
import type { Decision } from '../core/decision.ts';
import { AwsCallError } from '../core/errors.ts';
import type { Policy } from '../core/policy/schema.ts';
import { rank } from '../core/rank.ts';
import type { BudgetState } from '../core/spend/budget-state.ts';
import { summarize } from '../core/summarize.ts';
import type { SweepSummary } from '../core/sweep-summary.ts';
import type { Invocation, Ledger, Log, Metrics, OpenStop, ProjectMemories } from '../ports.ts';
import { type ActResult, act, LAST_CALL, recordWouldStops } from './act.ts';
import { type Confirmation, type ConfirmPorts, confirm } from './confirm.ts';
import { reportSweep } from './report-sweep.ts';
import type { StopPorts } from './stop.ts';
import { type Inventory, type InventoryPorts, takeInventory } from './take-inventory.ts';
import { tally } from './tally.ts';
import { type TellingPorts, tellThresholds } from './tell-thresholds.ts';

export type SweepPorts = StopPorts &
  ConfirmPorts &
  Omit<InventoryPorts, 'keeper'> &
  TellingPorts & {
    readonly ledger: Ledger;
    readonly memories: ProjectMemories;
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
export interface SweepFindings {
  readonly inventory: Inventory;
  readonly budgets: readonly BudgetState[];
  readonly decisions: readonly Decision[];
  /** Would-be stops that were recorded for the first time. */
  readonly newWouldStops: readonly Decision[];
  readonly results: readonly ActResult[];
  readonly confirmed: readonly string[];
  /** Stops that were asked for and have not taken effect in time. */
  readonly overdue: number;
  /** A table or topic failed, so that something was not seen. */
  readonly blind: boolean;
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
  const inventory = await takeInventory({ ...ports, keeper: ports }, context, invocation);
  const openBefore = await problems.during('open stops could not be read', ports.openStops.all(), []);
  const budgets = await problems.during(
    'budgets could not be tallied; they stop nothing in this sweep',
    tally(ports.ledger, context.policy, inventory, invocation.now),
    [],
  );
  const { decisions, problems: faults }: Decisions = decide(inventory.items, {
    policy: context.policy,
    budgets,
    now: invocation.now,
  });
  problems.add(faults);
  const cause = { actor: 'schedule', policyVersion: context.policyVersion, sweepId: context.sweepId };
  const newWouldStops = await problems.during(
    'would-be stops could not be recorded',
    recordWouldStops(
      ports.audit,
      decisions.filter(({ action }) => action === 'would-stop'),
      cause,
      settings.pricePerMeteredMinute,
    ),
    [],
  );
  const stops = rank(decisions.filter(({ action }) => action === 'stop'));
  const results = await act(ports, stops, cause, settings, invocation);
  const { confirmed, overdue } = await confirmOpen(
    ports,
    openBefore,
    results,
    inventory,
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
  const findings = {
    inventory,
    budgets,
    decisions,
    newWouldStops,
    results,
    confirmed,
    overdue,
    blind: problems.blind,
    problems: problems.all,
  };
  const summary = summarize(findings, context);
  await reportSweep(ports, summary, findings, invocation.now);
  return summary;
}

function settingsOf({ policy }: SweepContext, now: number) {
  return {
    now,
    pricePerMeteredMinute: policy.pricePerMeteredMinute,
    confirmWithinMinutes: policy.safety.confirmWithinMinutes,
  };
}

/** Follows the stops of earlier sweeps. Those of this one have only just been asked for. */
async function confirmOpen(
  ports: ConfirmPorts,
  openBefore: readonly OpenStop[],
  results: readonly ActResult[],
  inventory: Inventory,
  settings: Parameters<typeof confirm>[3],
  invocation: Invocation,
  problems: Problems,
): Promise<{ confirmed: readonly string[]; overdue: number }> {
  const acted = new Set(results.filter(({ kind }) => kind === 'stopped').map(({ arn }) => arn));
  const confirmed: string[] = [];
  let overdue = 0;
  for (const open of openBefore.filter(({ arn }) => !acted.has(arn))) {
    if (invocation.msLeft() < LAST_CALL) {
      problems.add(['no time was left to confirm all stops; the next sweep goes on']);
      break;
    }
    const result = await problems.during<Confirmation>(
      `${open.arn}: its stop could not be confirmed`,
      confirm(ports, open, inventory.seen.get(open.arn), settings),
      { kind: 'waiting' },
    );
    if (result.kind === 'confirmed') confirmed.push(open.arn);
    if (result.kind === 'overdue') overdue += 1;
    if ('problem' in result) problems.add([result.problem]);
  }
  return { confirmed, overdue };
}

/** Collects what went wrong in words. Only failures of tables and topics are taken; a mistake in the code goes on. */
class Problems {
  readonly all: string[] = [];
  blind = false;

  add(texts: readonly string[]): void {
    this.all.push(...texts);
  }

  async during<T>(what: string, work: Promise<T>, instead: T): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error;
      this.blind = true;
      this.all.push(`${what}: ${error.message}`);
      return instead;
    }
  }
}
