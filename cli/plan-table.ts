import { formatMinutes, formatUsd, MICRO_PER_USD } from '../lambda/core/spend/money.ts';
import type { PlanItem, PlanReport } from './plan-report.ts';
import { type Row, table } from './table.ts';

const COLUMNS = [
  { head: '  DEVICE' },
  { head: 'STATUS' },
  { head: 'MINUTES', align: 'right' },
  { head: 'MONEY', align: 'right' },
  { head: 'DECISION' },
] as const;

/** All items by project and run; with `verbose` each ARN and verdict too. */
export function planTable(report: PlanReport, verbose: boolean, width: number): string {
  return table(COLUMNS, itemRows(report, verbose), width);
}

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
