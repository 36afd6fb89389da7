import { formatUsd } from '../lambda/core/spend/money.ts';
import type { Savings, SavingsStatement } from '../lambda/core/spend/savings.ts';
import { type Row, table } from './table.ts';

const FIGURES = [
  { head: 'STOPS', align: 'right' },
  { head: 'CONFIRMED', align: 'right' },
  { head: 'BY THEMSELVES', align: 'right' },
  { head: 'GIVEN UP', align: 'right' },
  { head: 'MINUTES AVOIDED', align: 'right' },
  { head: 'MONEY AVOIDED', align: 'left' },
] as const;

/** The statement of a month for people. */
export function savingsText(month: string, statement: SavingsStatement, width: number): string {
  const { total, byRule, byProject } = statement;
  const part = (head: string, rows: readonly Row[]) =>
    table([{ head }, ...FIGURES], [...rows, rowOf('total', total)], width);
  const unknown =
    total.withoutMoney > 0
      ? `\nOf ${total.withoutMoney} confirmed stops it is not known whether they were metered; their money is not counted.\n`
      : '';
  return [
    `Savings of ${month} (UTC days), from the audit trail. What was avoided is an upper bound: as if the work had gone on to its timeout.\n\n`,
    part(
      'RULE',
      byRule.map(({ rule, ...own }) => rowOf(rule ?? '(people)', own)),
    ),
    '\n',
    part(
      'PROJECT',
      byProject.map(({ project, ...own }) => rowOf(project ?? '(unknown)', own)),
    ),
    unknown,
  ].join('');
}

function rowOf(name: string, own: Savings): Row {
  return [
    name,
    String(own.stops),
    String(own.confirmed),
    String(own.finishedByThemselves),
    String(own.escalated),
    String(own.avoidedMinutes),
    formatUsd(own.avoidedMoney),
  ];
}
