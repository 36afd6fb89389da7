import type { Decision, Project } from '../lambda/model.ts';
import { MICRO_PER_USD, moneyFor } from '../lambda/money.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import { crossedThresholds, sentence } from '../lambda/rules/budget.ts';
import { rank } from '../lambda/stop/cap.ts';
import { toStop } from '../lambda/stop/hold.ts';
import type { Assessment } from '../lambda/sweep/assess.ts';
import { summarize } from '../lambda/sweep/report.ts';
import { iso } from '../lambda/time.ts';
import type { Invocation } from '../lambda/wiring.ts';
import { longTimeout, longTimeouts } from './long-timeouts.ts';
import { type ObservedRate, observedRate } from './observed-rates.ts';
import { deviceMinutes, mode, type Output, time, z } from './output.ts';

const item = z
  .object({
    arn: z.string(),
    kind: z.enum(['job', 'session']),
    project: z.string(),
    projectArn: z.string(),
    run: z.string().nullable().describe('null for a session.'),
    runArn: z.string().nullable(),
    name: z.string(),
    device: z.string(),
    platform: z.string().nullable(),
    testType: z.string().nullable(),
    status: z.string().describe('As Device Farm reports it.'),
    phase: z.enum(['queued', 'started', 'stopping', 'completed', 'unknown']),
    billing: z.enum(['metered', 'unmetered', 'unknown']),
    minutes: deviceMinutes.describe(
      'Used up to now: the counters or, while it runs, an estimate by the clock.',
    ),
    usd: z.number().describe('Of its metered minutes.'),
    created: time.nullable(),
    runningSince: time.nullable(),
    runningSinceSource: z
      .enum(['reported', 'observed'])
      .nullable()
      .describe('observed: Device Farm does not say; this is when it was first seen RUNNING.'),
    timeoutMinutes: z.number().nullable(),
    decision: z
      .enum(['keep', 'observe', 'stop'])
      .describe('observe: only rules in observe mode are over, so it would be stopped.'),
    order: z
      .int()
      .nullable()
      .describe('Its place among all that is to be stopped, from 1 on; null when it is kept.'),
    rule: z.string().nullable().describe('The rule that decided; null when it is kept.'),
    exemption: z.string().nullable().describe('The exemption that keeps it although a rule is over.'),
    reason: z.string(),
    verdicts: z
      .array(
        z.object({
          rule: z.string(),
          verdict: z.enum(['within', 'over', 'notApplicable']),
          mode,
          reason: z.string(),
        }),
      )
      .describe('What each rule of the policy says; empty for work that no rule may judge.'),
  })
  .describe('One job or session that is not COMPLETED.');

const figures = {
  spent: z.number(),
  worstCase: z.number().describe('Spent, and what work in flight can still use before its timeout.'),
  forecast: z.number().nullable().describe('null: there is none yet.'),
};
const inPeriod = {
  period: z.string().describe("First day of the period in the policy's time zone, such as 2026-11-23."),
  minutes: z.object(figures).describe('Device minutes.'),
  usd: z.object(figures),
  incomplete: z.boolean().describe('Not all of the period has been read yet: the figures are lower bounds.'),
};
const budget = z
  .object({
    rule: z.string(),
    unit: z.enum(['usd', 'meteredMinutes', 'minutes']).describe('Of its figures and its limit.'),
    limit: z.number(),
    ...figures,
    ...inPeriod,
    reason: z.string(),
    crossed: z
      .array(
        z.object({
          percent: z.number(),
          basis: z.enum(['spent', 'worst-case', 'forecast']),
          action: z.enum(['notify', 'stop-queued', 'stop-all']),
        }),
      )
      .describe('The thresholds that their figure is above.'),
  })
  .describe('One budget in one period.');
const spend = z
  .object({
    project: z.string().nullable().describe('null: the account as a whole.'),
    projectArn: z.string().nullable(),
    kind: z.enum(['day', 'week', 'month']),
    ...inPeriod,
  })
  .describe('The account or one project in one period.');
const slots = z.record(z.string(), z.number()).describe('By platform, such as ANDROID.');

/** What `autostop plan --json` prints. Keys may be added within a format, never renamed or removed. */
export const planOutput = z
  .object({
    format: z.literal(2),
    at: time,
    account: z
      .string()
      .nullable()
      .describe('The account that was read, from the ARNs in it; null when it has no project.'),
    policy: z.object({
      file: z.string(),
      version: z.string(),
      mode,
      asEnforced: z.boolean().describe('Decided as if mode were enforce.'),
    }),
    stateTable: z
      .string()
      .nullable()
      .describe('The state table that was read; null: what AutoStop remembers was not used.'),
    auditTable: z
      .string()
      .nullable()
      .describe('The audit table that was read; null: pauses and exemptions by message are not known.'),
    pause: z
      .string()
      .nullable()
      .describe('Until when AutoStop is paused, and by whom; null: it is not, or not known.'),
    partial: z
      .boolean()
      .describe(
        'Not everything could be read: work that is not listed may be in flight. problems says what.',
      ),
    problems: z.array(z.string()),
    counts: z.object({
      projects: z.int(),
      activeRuns: z.int(),
      items: z.int(),
      stop: z.int(),
      observe: z.int(),
      keep: z.int(),
    }),
    items: z
      .array(item)
      .describe('Every job and session that is not COMPLETED, by project, run, device and ARN.'),
    budgets: z.array(budget),
    spend: z
      .array(spend)
      .describe('The account and each project in the current periods, whatever the budgets are about.'),
    accountSettings: z
      .object({
        trial: z.object({ total: z.number().optional(), remaining: z.number().optional() }).optional(),
        unmeteredSlots: z.object({ jobs: slots, sessions: slots }),
      })
      .nullable()
      .describe('Trial minutes and unmetered slots; null when they could not be read.'),
    idleSlots: z.array(z.string()).describe('Metered work beside idle unmetered slots, one sentence each.'),
    longTimeouts: z.array(longTimeout),
    observed: z
      .array(observedRate)
      .nullable()
      .describe('Results of the rules that observe; null: nothing observes, or no audit table was read.'),
  })
  .describe(
    'Every key is always there; null is what is not known. Times are ISO 8601, minutes are device minutes, usd is US dollars.',
  );
export type PlanReport = Output<typeof planOutput>;
export type PlanItem = PlanReport['items'][number];
export type PlanBudget = PlanReport['budgets'][number];

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
