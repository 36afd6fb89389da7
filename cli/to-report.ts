import type { Decision } from '../lambda/core/decision.ts';
import { summarize } from '../lambda/core/report/summarize.ts';
import type { SweepSummary } from '../lambda/core/report/sweep-summary.ts';
import { crossedThresholds, sentence } from '../lambda/core/rules/budget.ts';
import { MICRO_PER_USD, moneyFor } from '../lambda/core/spend/money.ts';
import { explainDecision } from './explain-decision.ts';
import { longTimeouts } from './long-timeouts.ts';
import type { Plan } from './make-plan.ts';
import type { PlanBudget, PlanItem, PlanReport } from './plan-report.ts';
import type { PolicySource } from './read-policy.ts';

/** How a plan came about. `now` is epoch milliseconds; `decidedBy` is the policy as it was applied. */
export interface PlanOrigin {
  readonly source: PolicySource;
  readonly decidedBy: PolicySource['policy'];
  readonly asEnforced: boolean;
  readonly stateTable: string | undefined;
  readonly auditTable: string | undefined;
  readonly now: number;
}

/** A plan in the form in which it is told. */
export function toReport(plan: Plan, origin: PlanOrigin): PlanReport {
  const { inventory, decisions, stops, problems, accountId, steering } = plan;
  const { source, asEnforced, stateTable, auditTable, now } = origin;
  const orders = new Map(stops.map(({ item }, index) => [item.arn, index + 1]));
  const summary = summaryOf(plan, origin);
  const count = (action: Decision['action']) => decisions.filter((one) => one.action === action).length;
  return {
    format: 1,
    at: new Date(now).toISOString(),
    account: accountId ?? null,
    policy: { file: source.file, version: source.version, mode: source.policy.mode, asEnforced },
    stateTable: stateTable ?? null,
    auditTable: auditTable ?? null,
    pause: steering.pause?.sentence ?? null,
    partial: plan.partial,
    problems,
    counts: {
      projects: inventory.projects.length,
      activeRuns: inventory.activeRuns,
      items: decisions.length,
      stop: count('stop'),
      wouldStop: count('would-stop'),
      keep: count('keep'),
    },
    items: decisions
      .map((decision) => toItem(decision, orders.get(decision.item.arn), origin.decidedBy))
      .sort(byPlace),
    budgets: toBudgets(plan, summary),
    spend: summary.spend,
    accountSettings: summary.account,
    idleSlots: summary.idleSlots,
    longTimeouts: longTimeouts(inventory.projects, source.policy),
    lessons: plan.lessons,
  };
}

function toItem(decision: Decision, order: number | undefined, policy: PolicySource['policy']): PlanItem {
  const { item, action, rule, exemption, verdicts } = decision;
  const { project, run, phase, minutes } = item;
  return {
    arn: item.arn,
    kind: item.kind,
    project: project.name,
    projectArn: project.arn,
    run: run?.name ?? null,
    runArn: run?.arn ?? null,
    name: item.name,
    device: item.device,
    platform: item.platform ?? null,
    testType: item.testType ?? null,
    status: item.status,
    // What is COMPLETED is no work item.
    phase: phase === 'completed' ? 'unknown' : phase,
    billing: item.billing,
    minutes: { total: minutes.total, metered: minutes.metered, unmetered: minutes.unmetered },
    usd: moneyFor(minutes.metered, policy.pricePerMeteredMinute) / MICRO_PER_USD,
    created: toTime(item.created),
    runningSince: toTime(item.runningSince),
    runningSinceSource: item.runningSinceSource ?? null,
    timeoutMinutes: item.timeoutMinutes ?? null,
    decision: action,
    order: order ?? null,
    rule: rule ?? null,
    exemption: exemption ?? null,
    reason: explainDecision(decision, policy),
    verdicts: verdicts.map(({ rule, verdict, mode, reason }) => ({ rule, verdict, mode, reason })),
  };
}

/** The figures are those of a sweep's summary: a plan is a sweep that ends before it acts. */
function summaryOf(plan: Plan, { source, decidedBy }: PlanOrigin): SweepSummary {
  const findings = {
    ...plan,
    results: [],
    confirmed: [],
    lessons: plan.lessons ?? [],
    blind: false,
    problems: [],
  };
  return summarize(findings, { sweepId: 'plan', policy: decidedBy, policyVersion: source.version });
}

function toBudgets({ budgets }: Plan, { usage }: SweepSummary): readonly PlanBudget[] {
  return usage.flatMap((figures, index) => {
    const state = budgets[index];
    if (!state) return [];
    const crossed = crossedThresholds(state).map(({ percent, basis, action }) => ({
      percent,
      basis,
      action,
    }));
    return { ...figures, reason: sentence(state), crossed };
  });
}

function toTime(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

function byPlace(a: PlanItem, b: PlanItem): number {
  return (
    compare(a.project, b.project) ||
    compare(a.projectArn, b.projectArn) ||
    compare(a.kind, b.kind) ||
    compare(a.run ?? '', b.run ?? '') ||
    compare(a.runArn ?? '', b.runArn ?? '') ||
    compare(a.device, b.device) ||
    compare(a.arn, b.arn)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
