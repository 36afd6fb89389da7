import { type Decisions, decide } from '../core/decide.ts';
import type { Decision } from '../core/decision.ts';
import type { Policy } from '../core/policy/schema.ts';
import { rank } from '../core/rank.ts';
import type { BudgetState } from '../core/spend/budget-state.ts';
import { summarize } from '../core/summarize.ts';
import type { SweepSummary } from '../core/sweep-summary.ts';
import type { Invocation, Ledger, Log, Metrics, ProjectMemories } from '../ports.ts';
import { type ActResult, act, recordWouldStops } from './act.ts';
import type { ConfirmPorts } from './confirm.ts';
import { type Confirmations, confirmOpenStops } from './confirm-open-stops.ts';
import { Problems } from './problems.ts';
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
export interface SweepFindings extends Confirmations {
  readonly inventory: Inventory;
  readonly budgets: readonly BudgetState[];
  readonly decisions: readonly Decision[];
  /** Would-be stops that were recorded for the first time. */
  readonly newWouldStops: readonly Decision[];
  readonly results: readonly ActResult[];
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
  problems.add(...faults);
  const cause = { actor: 'schedule', policyVersion: context.policyVersion, sweepId: context.sweepId };
  const newWouldStops = await recordWouldStops(
    ports.audit,
    decisions.filter(({ action }) => action === 'would-stop'),
    cause,
    settings.pricePerMeteredMinute,
    problems,
  );
  const stops = rank(decisions.filter(({ action }) => action === 'stop'));
  const results = await act(ports, stops, cause, settings, invocation);
  const confirmations = await confirmOpenStops(
    ports,
    openBefore.filter(({ arn }) => !hasStopped(results, arn)),
    inventory.seen,
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
    ...confirmations,
    blind: problems.blind,
    accessDenied: problems.accessDenied,
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

/** A stop of this very sweep has only just been asked for. */
function hasStopped(results: readonly ActResult[], arn: string): boolean {
  return results.some((result) => result.kind === 'stopped' && result.arn === arn);
}
