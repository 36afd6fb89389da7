import { formatMinutes, formatUsd, MICRO_PER_USD } from '../lambda/core/spend/money.ts';
import type { LongTimeout, PlanBudget, PlanItem, PlanReport } from './plan-report.ts';
import { type Row, table } from './table.ts';
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
    ...alarm(report, wrap),
    report.items.length > 0 ? `\n${table(COLUMNS, itemRows(report, verbose), width)}` : '',
    ...budgetSection(report.budgets, wrap),
    ...timeoutSection(report.longTimeouts, wrap),
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

function alarm({ partial, problems }: PlanReport, wrap: Wrap): readonly string[] {
  if (problems.length === 0) return [];
  const title = partial
    ? 'NOT EVERYTHING COULD BE READ: work that is not listed here may be in flight, and budgets may stand higher.'
    : 'Noticed:';
  return ['\n', ...wrap(title), ...problems.flatMap((problem) => wrap(problem, '  '))];
}

const COLUMNS = [
  { head: '  DEVICE' },
  { head: 'STATUS' },
  { head: 'MINUTES', align: 'right' },
  { head: 'MONEY', align: 'right' },
  { head: 'DECISION' },
] as const;

/** Below each item why it is so: reasons are sentences, too long for a column. */
function itemRows({ items, policy }: PlanReport, verbose: boolean): readonly Row[] {
  const observes = policy.mode === 'observe' && !policy.asEnforced;
  return items.flatMap((item, index) => [
    ...groupRows(item, items[index - 1]),
    cells(item),
    { text: item.reason, indent: DETAIL },
    ...(verbose ? details(item, observes) : []),
  ]);
}

/** Characters before what is told of one item. */
const DETAIL = 6;

/** A line for each project and each run, where it begins. */
function groupRows(item: PlanItem, before: PlanItem | undefined): readonly Row[] {
  const sameProject = before?.projectArn === item.projectArn;
  const sameGroup = sameProject && before?.runArn === item.runArn;
  const rows: Row[] = [];
  if (!sameProject) rows.push({ text: `project "${item.project}"`, indent: 0 });
  if (!sameGroup) rows.push({ text: item.run === null ? 'sessions' : `run "${item.run}"`, indent: 1 });
  return rows;
}

function cells(item: PlanItem): readonly string[] {
  const device = item.kind === 'job' ? item.device : `${item.device}, "${item.name}"`;
  const minutes = item.minutes.total === 0 ? '0' : formatMinutes(item.minutes.total).replace(' min', '');
  return [`  ${device}`, item.status || '(none)', minutes, money(item), decision(item)];
}

function money({ billing, usd }: PlanItem): string {
  if (billing === 'unmetered') return 'unmetered';
  const amount = formatUsd(usd * MICRO_PER_USD);
  return billing === 'metered' ? amount : `${amount}?`;
}

function decision({ decision, order }: PlanItem): string {
  switch (decision) {
    case 'stop':
      return `stop #${order}`;
    case 'would-stop':
      return `would stop #${order}`;
    case 'keep':
      return 'keep';
  }
}

/** The mode of a rule needs a word only where it is not that of the whole policy. */
function details({ arn, verdicts }: PlanItem, observes: boolean): readonly Row[] {
  return [
    { text: arn || '(no ARN)', indent: DETAIL },
    ...verdicts.map(({ rule, verdict, mode, reason }) => ({
      text: `${rule}: ${VERDICTS[verdict]}${mode === 'observe' && !observes ? ' (observes only)' : ''}: ${reason}`,
      indent: DETAIL,
    })),
  ];
}

const VERDICTS = { within: 'within', over: 'OVER', notApplicable: 'not applicable' } as const;

function budgetSection(budgets: readonly PlanBudget[], wrap: Wrap): readonly string[] {
  if (budgets.length === 0) return [];
  return ['\nBudgets\n', ...budgets.flatMap((budget) => wrap(budgetLine(budget), '  '))];
}

function budgetLine({ rule, reason, crossed, incomplete }: PlanBudget): string {
  const above = crossed.map(({ percent, action }) => `${percent} % (${action})`).join(', ');
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
function notes({ items, policy, stateTable }: PlanReport, wrap: Wrap): readonly string[] {
  const unseen = items.filter(({ runningSinceSource }) => runningSinceSource === 'observed').length;
  const unbilled = items.some(({ billing }) => billing === 'unknown');
  const observed = policy.mode === 'observe' && !policy.asEnforced;
  const texts = [
    items.some(({ phase }) => phase === 'started') &&
      'Minutes and money of started work are estimates by the clock: Device Farm counts when work has ended.',
    unseen > 0 &&
      stateTable === null &&
      `${unseen} RUNNING without a start: their time counts from now. Name the guard's state table (--state-table) to count from when the guard first saw them.`,
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
