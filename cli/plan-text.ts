import { formatMinutes } from '../lambda/core/spend/money.ts';
import { lessonLines } from './lessons-text.ts';
import type { LongTimeout, PlanBudget, PlanReport } from './plan-report.ts';
import { planTable } from './plan-table.ts';
import { slotLines, spendLinesText } from './spend-text.ts';
import { wrapText } from './wrap-text.ts';

/** How much is told, and in how many characters a line. */
export interface PlanTextOptions {
  readonly verbose: boolean;
  readonly width: number;
}

/** A plan for people. */
export function planText(report: PlanReport, { verbose, width }: PlanTextOptions): string {
  const wrap = (text: string, indent = '') =>
    wrapText(text, width - indent.length).map((line) => `${indent}${line}\n`);
  return [
    ...wrap(heading(report)),
    ...wrap(found(report)),
    ...paused(report, wrap),
    ...alarm(report, wrap),
    report.items.length > 0 ? `\n${planTable(report, verbose, width)}` : '',
    ...budgetSection(report.budgets, wrap),
    ...section('Spend', spendLinesText(report.spend), wrap),
    ...section('Trial minutes and unmetered slots', slotLines(report), wrap),
    ...timeoutSection(report.longTimeouts, wrap),
    ...section('Would-be stops that have ended', lessonLines(report), wrap),
    ...notes(report, wrap),
  ].join('');
}

type Wrap = (text: string, indent?: string) => readonly string[];

function heading({ at, account, policy }: PlanReport): string {
  const mode = policy.asEnforced
    ? `decided as if it enforced (its mode is ${policy.mode})`
    : `mode ${policy.mode}`;
  return `Plan at ${at} for ${account === null ? 'this account' : `account ${account}`} by ${policy.file} (version ${policy.version}), ${mode}. Nothing is changed.`;
}

function found({ counts, partial }: PlanReport): string {
  const { projects, activeRuns, items, stop, wouldStop, keep } = counts;
  if (projects === 0 && !partial) return 'This account has no Device Farm projects in us-west-2.';
  const seen = `${plural(projects, 'project')}, ${plural(activeRuns, 'run')} in flight, ${plural(items, 'job or session', 'jobs and sessions')} not completed`;
  if (items === 0) return `${seen}. Nothing to stop.`;
  const observed = wouldStop > 0 ? `, ${wouldStop} would be stopped if nothing observed` : '';
  return `${seen}: ${stop} to stop${observed}, ${keep} kept.`;
}

function paused({ pause, counts }: PlanReport, wrap: Wrap): readonly string[] {
  if (pause === null) return [];
  const held = counts.stop > 0 ? ': the stops below are held until it ends or somebody resumes' : '';
  return ['\n', ...wrap(`The guard is ${pause}${held}.`)];
}

function alarm({ partial, problems }: PlanReport, wrap: Wrap): readonly string[] {
  if (problems.length === 0) return [];
  const title = partial
    ? 'NOT EVERYTHING COULD BE READ: work that is not listed here may be in flight, and budgets may stand higher.'
    : 'Noticed:';
  return ['\n', ...wrap(title), ...problems.flatMap((problem) => wrap(problem, '  '))];
}

function budgetSection(budgets: readonly PlanBudget[], wrap: Wrap): readonly string[] {
  if (budgets.length === 0) return [];
  return ['\nBudgets\n', ...budgets.flatMap((budget) => wrap(budgetLine(budget), '  '))];
}

function section(title: string, lines: readonly string[], wrap: Wrap): readonly string[] {
  return lines.length === 0 ? [] : [`\n${title}\n`, ...lines.flatMap((line) => wrap(line, '  '))];
}

function budgetLine({ rule, reason, crossed, incomplete }: PlanBudget): string {
  const above = crossed
    .map(({ percent, basis, action }) => `${percent} %${basis === 'spent' ? '' : ` ${basis}`} (${action})`)
    .join(', ');
  const bound = incomplete ? '; at least: not everything of this period has been read' : '';
  return `${rule}: ${reason}${above ? `; above ${above}` : ''}${bound}`;
}

function timeoutSection(timeouts: readonly LongTimeout[], wrap: Wrap): readonly string[] {
  if (timeouts.length === 0) return [];
  return [
    '\nDefault job timeouts above the limits of the policy\n',
    ...timeouts.flatMap((one) => wrap(timeoutLine(one), '  ')),
  ];
}

function timeoutLine({ project, timeoutMinutes, isServiceDefault, rules }: LongTimeout): string {
  const limits = rules
    .map(
      ({ rule, maxMinutes, forSome }) =>
        `${rule} ${formatMinutes(maxMinutes)}${forSome ? ' for some of its work' : ''}`,
    )
    .join(', ');
  const source = isServiceDefault ? " (Device Farm's default; the project sets none)" : '';
  return `project "${project}": one job may run ${formatMinutes(timeoutMinutes)}${source}; the policy allows ${limits}`;
}

/** What the plan takes for granted, as far as it matters for what it shows. */
function notes({ items, policy, stateTable, auditTable }: PlanReport, wrap: Wrap): readonly string[] {
  const unseen = items.filter(({ runningSinceSource }) => runningSinceSource === 'observed').length;
  const unbilled = items.some(({ billing }) => billing === 'unknown');
  const observed = policy.mode === 'observe' && !policy.asEnforced;
  const texts = [
    items.some(({ phase }) => phase === 'started') &&
      'Minutes and money of started work are estimates by the clock: Device Farm counts when work has ended.',
    unseen > 0 &&
      stateTable === null &&
      `${unseen} RUNNING without a start: their time counts from now. Name the guard's state table (--state-table) to count from when the guard first saw them.`,
    auditTable === null &&
      items.some(({ decision }) => decision !== 'keep') &&
      "Pauses and exemptions by message are not known. Name the guard's audit table (--audit-table) to heed them.",
    unbilled &&
      'Money with a question mark: Device Farm does not say how the work is billed. It counts as metered, and no budget in usd or meteredMinutes stops it.',
    observed &&
      items.some((item) => item.decision === 'would-stop') &&
      'The policy observes, so the guard records these stops and makes none. --as-enforced shows what mode enforce would stop.',
  ].filter((text) => typeof text === 'string');
  return texts.length === 0 ? [] : ['\n', ...texts.flatMap((text) => wrap(text))];
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
