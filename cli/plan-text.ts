import { formatMinutes, formatUsd, MICRO_PER_USD } from '../lambda/money.ts';
import type { LongTimeout } from './long-timeouts.ts';
import { rateSentence } from './observed-rates.ts';
import type { PlanBudget, PlanItem, PlanReport } from './plan-report.ts';
import { inOneLine, type Row, table, wrapText } from './table.ts';

/** A plan for people. With `verbose` each ARN and each verdict too. */
export function planText(report: PlanReport, verbose: boolean, width: number): string {
  const wrap = (text: string, indent = '') =>
    wrapText(inOneLine(text), width - indent.length).map((line) => `${indent}${line}\n`);
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['\n', ...wrap(title), ...lines.flatMap((line) => wrap(line, '  '))];
  const notes = notesOn(report);
  return [
    ...wrap(heading(report)),
    ...wrap(found(report)),
    ...paused(report).flatMap((line) => ['\n', ...wrap(line)]),
    ...section(problemTitle(report), report.problems),
    report.items.length > 0 ? `\n${table(COLUMNS, itemRows(report, verbose), width)}` : '',
    ...section('Budgets', report.budgets.map(budgetLine)),
    ...section('Spend', spendLines(report)),
    ...section('Trial minutes and unmetered slots', slotLines(report)),
    ...section('Default job timeouts above the limits of the policy', report.longTimeouts.map(timeoutLine)),
    ...section('Dry-run results of the rules that observe', observedLines(report)),
    ...(notes.length > 0 ? ['\n', ...notes.flatMap((note) => wrap(note))] : []),
  ].join('');
}

function heading({ at, account, policy }: PlanReport): string {
  const mode = policy.asEnforced
    ? `decided as if it enforced (its mode is ${policy.mode})`
    : `mode ${policy.mode}`;
  return `Plan at ${at} for ${account === null ? 'this account' : `account ${account}`} by ${policy.file} (version ${policy.version}), ${mode}. Nothing is changed.`;
}

function found({ counts, partial }: PlanReport): string {
  const { projects, activeRuns, items, stop, observe, keep } = counts;
  if (projects === 0 && !partial) return 'This account has no Device Farm projects in us-west-2.';
  const seen = `${plural(projects, 'project')}, ${plural(activeRuns, 'run')} in flight, ${plural(items, 'job or session', 'jobs and sessions')} not completed`;
  if (items === 0) return `${seen}. Nothing to stop.`;
  const observed = observe > 0 ? `, ${observe} would be stopped if nothing observed` : '';
  return `${seen}: ${stop} to stop${observed}, ${keep} kept.`;
}

function paused({ pause, counts }: PlanReport): readonly string[] {
  if (pause === null) return [];
  const held = counts.stop > 0 ? ': the stops below are held until it ends or somebody resumes' : '';
  return [`AutoStop is ${pause}${held}.`];
}

function problemTitle({ partial }: PlanReport): string {
  return partial
    ? 'NOT EVERYTHING COULD BE READ: work that is not listed here may be in flight, and budgets may stand higher.'
    : 'Noticed';
}

const COLUMNS = [
  { head: '  DEVICE' },
  { head: 'STATUS' },
  { head: 'MINUTES', align: 'right' },
  { head: 'MONEY', align: 'right' },
  { head: 'DECISION' },
] as const;

/** Characters before what is said of one item. */
const DETAIL = 6;

/** Below each item why it is so: reasons are sentences, too long for a column. */
function itemRows(report: PlanReport, verbose: boolean): readonly Row[] {
  const { items } = report;
  return items.flatMap((item, index) => [
    ...groupRows(item, items[index - 1]),
    cells(item),
    { text: item.reason, indent: DETAIL },
    ...(verbose ? details(item, report) : []),
  ]);
}

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

function decision({ decision: action, order }: PlanItem): string {
  if (action === 'keep') return 'keep';
  return `${action === 'stop' ? 'stop' : 'would stop'} #${order}`;
}

const VERDICTS = { within: 'within', over: 'OVER', notApplicable: 'not applicable' } as const;

/** The mode of a rule needs a word only where it is not that of the whole policy. */
function details({ arn, verdicts }: PlanItem, { policy }: PlanReport): readonly Row[] {
  const enforces = policy.mode === 'enforce' || policy.asEnforced;
  return [
    { text: arn || '(no ARN)', indent: DETAIL },
    ...verdicts.map(({ rule, verdict, mode, reason }) => ({
      text: `${rule}: ${VERDICTS[verdict]}${mode === 'observe' && enforces ? ' (observes only)' : ''}: ${reason}`,
      indent: DETAIL,
    })),
  ];
}

const LOWER_BOUND = '; at least: not everything of this period has been read';

function budgetLine({ rule, reason, crossed, incomplete }: PlanBudget): string {
  const above = crossed
    .map(({ percent, basis, action }) => `${percent} %${basis === 'spent' ? '' : ` ${basis}`} (${action})`)
    .join(', ');
  return `${rule}: ${reason}${above ? `; above ${above}` : ''}${incomplete ? LOWER_BOUND : ''}`;
}

/** What the account and its projects stand at. A project that used nothing and can use nothing has no line. */
function spendLines({ spend }: PlanReport): readonly string[] {
  return spend
    .filter(({ project, minutes }) => project === null || minutes.worstCase > 0)
    .map(({ project, kind, period, minutes, usd, incomplete }) => {
      const who = project === null ? 'the account' : `project "${project}"`;
      const figure = (used: number | null, cost: number | null, words: string) =>
        used === null || cost === null
          ? []
          : [`${formatMinutes(used)} and ${formatUsd(cost * MICRO_PER_USD)} ${words}`];
      const figures = [
        ...figure(minutes.spent, usd.spent, 'spent'),
        ...figure(minutes.worstCase, usd.worstCase, 'at worst'),
        ...figure(minutes.forecast, usd.forecast, 'forecast'),
      ];
      return `${who}, ${kind} of ${period}: ${figures.join(', ')}${incomplete ? LOWER_BOUND : ''}`;
    });
}

function slotLines({ accountSettings, idleSlots }: PlanReport): readonly string[] {
  if (accountSettings === null) return [];
  const { trial, unmeteredSlots } = accountSettings;
  const slots = (['jobs', 'sessions'] as const).flatMap((work) =>
    Object.entries(unmeteredSlots[work])
      .filter(([, count]) => count > 0)
      .map(([platform, count]) => `${count} ${platform} for ${work}`),
  );
  const total = trial?.total === undefined ? '' : ` of ${formatMinutes(trial.total)}`;
  return [
    ...(trial?.remaining === undefined
      ? []
      : [
          `trial: ${formatMinutes(trial.remaining)} left${total}; they are not deducted from any figure here`,
        ]),
    `unmetered slots: ${slots.length > 0 ? slots.join(', ') : 'none'}`,
    ...idleSlots,
  ];
}

function timeoutLine({ project, timeoutMinutes, isDefault, rules }: LongTimeout): string {
  const limits = rules
    .map(
      ({ rule, maxMinutes, forSome }) =>
        `${rule} ${formatMinutes(maxMinutes)}${forSome ? ' for some of its work' : ''}`,
    )
    .join(', ');
  const source = isDefault ? ' (the default; the project sets none)' : '';
  return `project "${project}": one job may run ${formatMinutes(timeoutMinutes)}${source}; the policy allows ${limits}`;
}

function observedLines({ observed }: PlanReport): readonly string[] {
  if (observed === null) return [];
  return observed.length === 0
    ? ['none of the work that would have been stopped has ended yet']
    : observed.map(rateSentence);
}

/** What the plan takes for granted, as far as it matters for what it shows. */
function notesOn({ items, policy, stateTable, auditTable }: PlanReport): readonly string[] {
  const unseen = items.filter(({ runningSinceSource }) => runningSinceSource === 'observed').length;
  const observes = policy.mode === 'observe' && !policy.asEnforced;
  const notes = [
    items.some(({ phase }) => phase === 'started') &&
      'Minutes and money of started work are estimates by the clock: Device Farm counts when work has ended.',
    unseen > 0 &&
      stateTable === null &&
      `${unseen} RUNNING without a start: their time counts from now. Name the stack (--stack) to count from when AutoStop first saw them.`,
    auditTable === null &&
      items.some(({ decision: action }) => action !== 'keep') &&
      'Pauses and exemptions by message are not known. Name the stack (--stack) to heed them.',
    items.some(({ billing }) => billing === 'unknown') &&
      'Money with a question mark: Device Farm does not say how the work is billed. It counts as metered, and no budget in usd or meteredMinutes stops it.',
    observes &&
      items.some(({ decision: action }) => action === 'observe') &&
      'The policy observes, so AutoStop records these stops and makes none. --as-enforced shows what mode enforce would stop.',
    observes &&
      auditTable === null &&
      'How the work ended that was observed is in the audit trail. Name the stack (--stack) to see false positives.',
  ];
  return notes.filter((note) => typeof note === 'string');
}

/** A count and its noun. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
