import type { AccountSettings, Decision, Mode, StopResult } from '../model.ts';
import { MICRO_PER_USD } from '../money.ts';
import { sentence } from '../rules/budget.ts';
import type { FollowUp } from '../stop/follow.ts';
import { ids, subjects } from '../store/ids.ts';
import type { BudgetState, Figures, SpendLine } from '../usage/budgets.ts';
import { idleSlots, idleSlotsSentence } from '../usage/idle-slots.ts';
import type { Period } from '../usage/periods.ts';
import { type EstimateError, estimateErrorOf } from '../usage/settle.ts';
import type { Invocation, Services } from '../wiring.ts';
import type { Assessment } from './assess.ts';

/** Entries of one list in a log line and in the audit record of a sweep; the counts are always whole. */
const MAX_SHOWN = 50;
/** Lines of the spending in a log line. All of them would be most of what AutoStop logs; `autostop plan` shows them. */
const MAX_SPEND_SHOWN = 5;

/** Spent, worst case and forecast; `null`: there is no forecast yet. */
interface NamedFigures {
  readonly spent: number;
  readonly worstCase: number;
  readonly forecast: number | null;
}

/** One budget in one period: its figures in `unit`. Money is in US dollars, rounded to cents only when printed. */
export interface BudgetUsage extends NamedFigures {
  readonly rule: string;
  /** First day of the period in the policy's time zone, such as 2026-11-23. */
  readonly period: string;
  readonly unit: BudgetState['unit'];
  readonly limit: number;
  /** The same figures in device minutes and in US dollars. */
  readonly minutes: NamedFigures;
  readonly usd: NamedFigures;
  /** Not all runs and sessions of the period have been read yet: the figures are lower bounds. */
  readonly incomplete: boolean;
}

/** The account or one project in one period. */
export interface SpendUsage {
  /** `null`: the account as a whole. */
  readonly project: string | null;
  readonly projectArn: string | null;
  readonly kind: Period['kind'];
  readonly period: string;
  readonly minutes: NamedFigures;
  readonly usd: NamedFigures;
  readonly incomplete: boolean;
}

/** What a sweep did: its return value, and the counts of its audit record. Minutes are device minutes. */
export interface SweepSummary {
  readonly sweepId: string;
  readonly mode: Mode;
  readonly policyVersion: string;
  readonly projects: number;
  readonly activeRuns: number;
  readonly activeItems: number;
  readonly wouldStop: readonly string[];
  readonly stopped: readonly string[];
  readonly alreadyStopping: readonly string[];
  readonly failed: readonly { readonly arn: string; readonly error: string }[];
  readonly heldBack: readonly { readonly arn: string; readonly why: string }[];
  readonly confirmed: readonly string[];
  /** Not everything that was due could be seen, done or told: `problems` says what. */
  readonly partial: boolean;
  readonly problems: readonly string[];
  readonly usage: readonly BudgetUsage[];
  /** The account and each project in the current periods, whatever the budgets are about. */
  readonly spend: readonly SpendUsage[];
  /** Trial minutes and unmetered slots; `null` when they are not known. */
  readonly account: Pick<AccountSettings, 'trial' | 'unmeteredSlots'> | null;
  /** Metered work beside idle unmetered slots, one sentence each. */
  readonly idleSlots: readonly string[];
  /** How wrong the estimates were of what this sweep settled. */
  readonly estimateError: EstimateError;
}

/** Records, logs and counts what a sweep did. */
export async function report(
  services: Pick<Services, 'audit' | 'log' | 'metrics'>,
  findings: Findings,
  invocation: Invocation,
): Promise<SweepSummary> {
  const { log, metrics } = services;
  const { diagnostics } = invocation;
  const recorded = record(services, summarize(findings, invocation), findings.budgets, invocation);
  await diagnostics.during('the sweep could not be recorded', recorded, undefined);
  const summary = summarize(findings, invocation);
  for (const { item, rule, reason, action } of findings.decisions.filter(isNews).slice(0, MAX_SHOWN)) {
    const { arn, project, device } = item;
    log.info('decision', { arn, project: project.name, device, action, rule, reason: reason() });
  }
  for (const { kind, stop, reason, hold } of allResults(findings).slice(0, MAX_SHOWN))
    log.info('stop result', { arn: stop.target.arn, kind, hold, reason });
  for (const problem of summary.problems.slice(0, MAX_SHOWN)) log.warn('problem', { problem });
  metrics.trouble(troubleIn(summary, findings, invocation));
  log.info('sweep finished', { ...counted(summary) });
  return summary;
}

function isNews({ action }: Findings['decisions'][number]): boolean {
  return action !== 'keep';
}

/** What needs a person: stops that should have happened, refusals of IAM, and what could not be seen. */
function troubleIn(
  { failed, partial }: SweepSummary,
  { followUp }: Findings,
  { diagnostics }: Invocation,
): number {
  return failed.length + followUp.overdue + followUp.escalated + diagnostics.accessDenied + (partial ? 1 : 0);
}

/** Results of the sweep, and of what it asked for again. */
export function allResults({
  results,
  followUp,
}: Pick<Findings, 'results'> & {
  readonly followUp: Pick<Findings['followUp'], 'results'>;
}): Findings['results'] {
  const again = new Set(followUp.results.map(({ stop }) => stop.target.arn));
  return [...results.filter(({ stop }) => !again.has(stop.target.arn)), ...followUp.results];
}

/** The summary of a sweep from what it found and did. */
export function summarize(findings: Findings, invocation: Invocation): SweepSummary {
  const { inventory, decisions, budgets, lines, followUp } = findings;
  const { policy, policyVersion, id, diagnostics } = invocation;
  const results = allResults(findings);
  const arnsOf = (kind: string) =>
    results.filter((result) => result.kind === kind).map(({ stop }) => stop.target.arn);
  const reasonsOf = (kind: string) =>
    results
      .filter((result) => result.kind === kind)
      .map(({ stop, reason }) => ({ arn: stop.target.arn, reason }));
  const { account, completeFrom } = inventory;
  return {
    sweepId: id,
    mode: policy.mode,
    policyVersion,
    projects: inventory.projects.length,
    activeRuns: inventory.activeRuns,
    activeItems: inventory.items.length,
    wouldStop: decisions.filter(({ action }) => action === 'observe').map(({ item }) => item.arn),
    stopped: arnsOf('stopped'),
    alreadyStopping: arnsOf('alreadyStopping'),
    failed: reasonsOf('failed').map(({ arn, reason }) => ({ arn, error: reason })),
    heldBack: [
      ...reasonsOf('held').map(({ arn, reason }) => ({ arn, why: reason })),
      // Nobody could tell whether it may be stopped: the next sweep asks again.
      ...results
        .filter(({ kind, retry }) => kind === 'skipped' && retry)
        .map(({ stop, reason }) => ({ arn: stop.target.arn, why: reason })),
    ],
    confirmed: followUp.confirmed,
    partial: diagnostics.partial || results.some(({ hold }) => hold === 'time'),
    problems: diagnostics.problems,
    usage: budgets.map((state) => usageOf(state, completeFrom)),
    spend: lines.map((line) => spendOf(line, completeFrom)),
    account: account
      ? { ...(account.trial && { trial: account.trial }), unmeteredSlots: account.unmeteredSlots }
      : null,
    idleSlots: account ? idleSlots(inventory.items, account).map(idleSlotsSentence) : [],
    estimateError: estimateErrorOf(inventory.settled),
  };
}

function usageOf(state: BudgetState, completeFrom: number | undefined): BudgetUsage {
  const { rule, period, unit, limit, amounts } = state;
  const scale = unit === 'usd' ? MICRO_PER_USD : 1;
  return {
    rule: rule.id,
    period: period.label,
    unit,
    ...named(state, scale),
    limit: limit / scale,
    minutes: named(amounts.minutes),
    usd: named(amounts.usd, MICRO_PER_USD),
    incomplete: isIncomplete(period, completeFrom),
  };
}

/** One line of the spending as it is told. `completeFrom`: from when on everything was read. */
function spendOf({ project, period, amounts }: SpendLine, completeFrom: number | undefined): SpendUsage {
  return {
    project: project?.name ?? null,
    projectArn: project?.arn ?? null,
    kind: period.kind,
    period: period.label,
    minutes: named(amounts.minutes),
    usd: named(amounts.usd, MICRO_PER_USD),
    incomplete: isIncomplete(period, completeFrom),
  };
}

/** Figures by name; micro-dollars become dollars by `scale`. */
function named({ spent, worstCase, forecast }: Figures, scale = 1): NamedFigures {
  return {
    spent: spent / scale,
    worstCase: worstCase / scale,
    forecast: forecast === undefined ? null : forecast / scale,
  };
}

function isIncomplete({ start }: Period, completeFrom: number | undefined): boolean {
  return completeFrom === undefined || completeFrom > start;
}

/** The summary for a log line: each list as its first entries, and its length. */
function counted(summary: SweepSummary): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(summary).flatMap(([key, value]) =>
      Array.isArray(value)
        ? [
            [`${key}Count`, value.length],
            [key, value.slice(0, key === 'spend' ? MAX_SPEND_SHOWN : MAX_SHOWN)],
          ]
        : [[key, value]],
    ),
  );
}

async function record(
  { audit }: Pick<Services, 'audit'>,
  summary: SweepSummary,
  budgets: Findings['budgets'],
  { now }: Invocation,
): Promise<void> {
  const { sweepId, mode, policyVersion, stopped, failed, problems } = summary;
  const unseen = summary.partial ? '; could not see everything' : '';
  await audit.add({
    subject: subjects.sweep(now),
    id: ids.sweep(now, sweepId),
    event: 'SweepCompleted',
    actor: 'schedule',
    reason: `saw ${summary.activeItems} in flight in ${summary.projects} projects; stopped ${stopped.length}, failed ${failed.length}${unseen}`,
    mode,
    policyVersion,
    sweepId,
    details: {
      counts: Object.fromEntries(
        Object.entries(summary).flatMap(([key, value]) =>
          Array.isArray(value) ? [[key, value.length]] : typeof value === 'object' ? [] : [[key, value]],
        ),
      ),
      stopped: stopped.slice(0, MAX_SHOWN),
      failed: failed.slice(0, MAX_SHOWN).map(({ arn }) => arn),
      problems: problems.slice(0, 10),
      budgets: budgets.slice(0, MAX_SHOWN).map((state) => ({
        rule: state.rule.id,
        percent: Math.floor((state.spent * 100) / state.limit),
        text: sentence(state),
      })),
    },
  });
}

/** What a sweep found and did, before it is reported. */
export interface Findings extends Assessment {
  readonly results: readonly StopResult[];
  readonly followUp: FollowUp;
  /** Would-be stops that were recorded for the first time. */
  readonly newlyObserved: readonly Decision[];
  /** Holds that were recorded for the first time. */
  readonly newlyHeld: readonly StopResult[];
}
