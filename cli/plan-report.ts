import type { Billing, Decision, Mode, Phase, Project, WorkItem } from '../lambda/model.ts';
import { MICRO_PER_USD, moneyFor } from '../lambda/money.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import { crossedThresholds, sentence } from '../lambda/rules/budget.ts';
import { rank } from '../lambda/stop/cap.ts';
import { toStop } from '../lambda/stop/hold.ts';
import type { Assessment } from '../lambda/sweep/assess.ts';
import { type BudgetUsage, type SpendUsage, type SweepSummary, summarize } from '../lambda/sweep/report.ts';
import { iso } from '../lambda/time.ts';
import type { Threshold } from '../lambda/usage/budgets.ts';
import type { Invocation } from '../lambda/wiring.ts';
import { type LongTimeout, longTimeouts } from './long-timeouts.ts';
import type { ObservedRate } from './observed-rates.ts';

/**
 * What `autostop plan --json` prints. Every key is always there; what is not known is `null`. Keys may be added within a
 * format version, never renamed or removed. Times are ISO 8601, minutes are device minutes, money is US dollars.
 */
export interface PlanReport {
  readonly format: 2;
  readonly at: string;
  /** The account that was read, from the ARNs in it; `null` when it has no project. */
  readonly account: string | null;
  readonly policy: {
    readonly file: string;
    readonly version: string;
    readonly mode: Mode;
    /** Decided as if `mode` were enforce. */
    readonly asEnforced: boolean;
  };
  /** The state table that was read; `null`: what AutoStop remembers was not used. */
  readonly stateTable: string | null;
  /** The audit table that was read; `null`: pauses and exemptions by message are not known. */
  readonly auditTable: string | null;
  /** Why nothing of `stop` is stopped for now: until when AutoStop is paused, and by whom; `null`: it is not, or not known. */
  readonly pause: string | null;
  /** Not everything could be read: work that is not listed may be in flight. `problems` says what. */
  readonly partial: boolean;
  readonly problems: readonly string[];
  readonly counts: {
    readonly projects: number;
    readonly activeRuns: number;
    readonly items: number;
    readonly stop: number;
    readonly observe: number;
    readonly keep: number;
  };
  /** Every job and session that is not COMPLETED, by project, run, device and ARN. */
  readonly items: readonly PlanItem[];
  readonly budgets: readonly PlanBudget[];
  /** The account and each project in the current periods, whatever the budgets are about. */
  readonly spend: readonly SpendUsage[];
  /** Trial minutes and unmetered slots; `null` when they could not be read. */
  readonly accountSettings: SweepSummary['account'];
  /** Metered work beside idle unmetered slots, one sentence each. */
  readonly idleSlots: readonly string[];
  readonly longTimeouts: readonly LongTimeout[];
  /** Results of the rules that observe, from the audit trail; `null`: nothing observes, or no audit table was read. */
  readonly observed: readonly ObservedRate[] | null;
}

export interface PlanItem {
  readonly arn: string;
  readonly kind: 'job' | 'session';
  readonly project: string;
  readonly projectArn: string;
  /** `null` for a session. */
  readonly run: string | null;
  readonly runArn: string | null;
  readonly name: string;
  readonly device: string;
  readonly platform: string | null;
  readonly testType: string | null;
  readonly status: string;
  readonly phase: Phase;
  readonly billing: Billing;
  /** Used up to now: the service's counters or, while it runs, an estimate by the clock. */
  readonly minutes: WorkItem['minutes'];
  /** Of its metered minutes. */
  readonly usd: number;
  readonly created: string | null;
  readonly runningSince: string | null;
  /** `observed`: Device Farm does not say; this is when it was first seen RUNNING. */
  readonly runningSinceSource: 'reported' | 'observed' | null;
  readonly timeoutMinutes: number | null;
  /** `observe`: only rules in observe mode are over, so it would be stopped. */
  readonly decision: Decision['action'];
  /** Its place among all that is to be stopped, from 1 on; `null` when it is kept. */
  readonly order: number | null;
  /** The rule that decided; `null` when it is kept. */
  readonly rule: string | null;
  /** The exemption that keeps it although a rule is over. */
  readonly exemption: string | null;
  readonly reason: string;
  /** What each rule of the policy says; empty for work that no rule may judge. */
  readonly verdicts: readonly {
    readonly rule: string;
    readonly verdict: 'within' | 'over' | 'notApplicable';
    readonly mode: Mode;
    readonly reason: string;
  }[];
}

/** One budget in one period. Its figures and `limit` are in `unit`; `incomplete`: they are lower bounds. */
export interface PlanBudget extends BudgetUsage {
  readonly reason: string;
  /** The thresholds that their figure is above. */
  readonly crossed: readonly Threshold[];
}

/** How a plan came about. */
export interface PlanOrigin {
  readonly file: string;
  /** As it is written, whatever `--as-enforced` makes of it. */
  readonly policy: Policy;
  readonly asEnforced: boolean;
  readonly stateTable?: string;
  readonly auditTable?: string;
  /** With their timeouts. */
  readonly projects: readonly Project[];
  readonly observed: readonly ObservedRate[] | null;
}

/** A plan in the form in which it is printed. The figures are those of a sweep's summary: a plan is a sweep that does not act. */
export function toReport(assessment: Assessment, origin: PlanOrigin, invocation: Invocation): PlanReport {
  const { inventory, decisions, controls } = assessment;
  const { policy, now } = invocation;
  const followUp = { confirmed: [], overdue: 0, escalated: 0, results: [] };
  const summary = summarize(
    { ...assessment, results: [], followUp, newlyObserved: [], newlyHeld: [] },
    invocation,
  );
  const withAction = (action: Decision['action']) => decisions.filter((one) => one.action === action);
  const ranked = [...rank(withAction('stop').map(toStop)), ...rank(withAction('observe').map(toStop))];
  const places = new Map(ranked.map(({ target }, index) => [target.arn, index + 1]));
  return {
    format: 2,
    at: iso(now),
    account: invocation.accountId || null,
    policy: {
      file: origin.file,
      version: invocation.policyVersion,
      mode: origin.policy.mode,
      asEnforced: origin.asEnforced,
    },
    stateTable: origin.stateTable ?? null,
    auditTable: origin.auditTable ?? null,
    pause: controls.pause?.reason ?? null,
    partial: summary.partial,
    problems: summary.problems,
    counts: {
      projects: inventory.projects.length,
      activeRuns: inventory.activeRuns,
      items: decisions.length,
      stop: withAction('stop').length,
      observe: withAction('observe').length,
      keep: withAction('keep').length,
    },
    items: decisions.map((decision) => toItem(decision, places.get(decision.item.arn), policy)).sort(byPlace),
    budgets: summary.usage.flatMap((figures, index) => {
      const state = assessment.budgets[index];
      return state ? [{ ...figures, reason: sentence(state), crossed: crossedThresholds(state) }] : [];
    }),
    spend: summary.spend,
    accountSettings: summary.account,
    idleSlots: summary.idleSlots,
    longTimeouts: longTimeouts(
      origin.projects,
      origin.policy,
      inventory.account?.defaultJobTimeoutMinutes || undefined,
    ),
    observed: origin.observed,
  };
}

function toItem(decision: Decision, place: number | undefined, policy: Policy): PlanItem {
  const { item, action, rule, exemption, verdicts } = decision;
  const { project, run, minutes } = item;
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
    phase: item.phase,
    billing: item.billing,
    minutes: { total: minutes.total, metered: minutes.metered, unmetered: minutes.unmetered },
    usd: moneyFor(minutes.metered, policy.pricePerMeteredMinute) / MICRO_PER_USD,
    created: toTime(item.created),
    runningSince: toTime(item.runningSince),
    runningSinceSource: item.runningSinceSource ?? null,
    timeoutMinutes: item.timeoutMinutes ?? null,
    decision: action,
    order: action === 'keep' ? null : (place ?? null),
    rule: rule ?? null,
    exemption: exemption ?? null,
    reason: reasonOf(decision, policy),
    verdicts: verdicts.map((one) => ({
      rule: one.rule,
      verdict: one.verdict,
      mode: one.mode,
      reason: one.reason(),
    })),
  };
}

/**
 * Why an item is stopped or kept. A kept item's reason says what every rule that applies to it found, and why a budget does not
 * count it; when no rule applies, why none does.
 */
function reasonOf({ action, exemption, verdicts, reason }: Decision, { rules }: Policy): string {
  if (action !== 'keep' || exemption !== undefined || verdicts.length === 0) return reason();
  const within = verdicts.filter(({ verdict }) => verdict === 'within').map((one) => one.reason());
  const budgets = new Set(rules.filter(({ type }) => type === 'budget').map(({ id }) => id));
  const others = verdicts
    .filter(({ verdict, rule }) => verdict === 'notApplicable' && (within.length === 0 || budgets.has(rule)))
    .map((verdict) => `rule ${verdict.rule} does not apply: it ${verdict.reason()}`);
  return [...within, ...others].join('; ');
}

function toTime(at: number | undefined): string | null {
  return at === undefined ? null : iso(at);
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
