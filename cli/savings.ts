import pMap from 'p-map';
import { formatUsd } from '../lambda/money.ts';
import { type Savings, type SavingsStatement, savingsOf } from '../lambda/usage/savings.ts';
import { DAYS_AT_ONCE, openAuditTrail, TABLE, WHICH_TABLE, warnOf } from './audit-table.ts';
import { type CommandSpec, daysOfMonth, type RunCommand } from './command.ts';
import { microUsd, type Output, z } from './output.ts';
import { STACK } from './stack.ts';
import { jsonText, type Row, table } from './table.ts';

const amount = z.object({ minutes: z.number().describe('Device minutes.'), money: microUsd });
/** What stops did in a time. */
export const saved = {
  stops: z.int().describe('Jobs and sessions whose first stop was requested.'),
  confirmed: z.int().describe('Stops that took effect.'),
  finishedByThemselves: z.int().describe('Stopped work that finished by itself all the same.'),
  escalated: z.int().describe('Stops that were given up.'),
  atMost: amount.describe('Avoided, up to the timeouts.'),
  likely: amount.describe('Avoided, up to usual durations; work of which none is known is not in it.'),
  withoutLikely: z.int().describe('Stops that took effect and are not in likely.'),
  withoutMoney: z.int().describe('Stops that took effect and whose billing is not known.'),
};
const output = z.object({
  format: z.literal(2),
  month: z.string().describe('Of UTC days, such as 2026-11.'),
  total: z.object(saved),
  byRule: z.array(z.object({ ...saved, rule: z.string().nullable().describe('null: what people stopped.') })),
  byProject: z.array(
    z.object({ ...saved, project: z.string().nullable().describe('null: no name is on record.') }),
  ),
});

export const savingsSpec: CommandSpec = {
  name: 'savings',
  summary: 'what the stops of a month avoided',
  usage: '[--stack <name>] [--table <name>] [--month <YYYY-MM>] [--json]',
  about: [
    'Counts, from the audit trail alone, the stops of a month: how many were requested, took effect, were given up, and of how much work that finished by itself; minutes and money avoided, by rule and by project.',
    'At most: as if the work had gone on to its timeout. Likely: up to the usual duration of such work, where history knows one. A stop is counted in the month of its record, so that months add up.',
    WHICH_TABLE,
    'Exit codes: 0 also when there was no stop, 1 failure.',
  ],
  operands: [],
  options: {
    stack: STACK,
    table: TABLE,
    month: { value: 'YYYY-MM', help: 'the month, of UTC days; default this month' },
    json: { help: 'the statement as a JSON object; money in micro-dollars' },
  },
  json: output,
};

export const savings: RunCommand = async ({ values, flags }, terminal) => {
  const now = new Date(terminal.now()).toISOString();
  const month = values.get('month') ?? now.slice(0, 7);
  const days = daysOfMonth(month).filter((day) => day <= now.slice(0, 10));
  const trail = await openAuditTrail(values, terminal);
  const records = await pMap(days, (day) => trail.onDay(day, warnOf(terminal)), {
    concurrency: DAYS_AT_ONCE,
  });
  const statement = savingsOf(records.flat());
  terminal.out(
    flags.has('json')
      ? jsonText({ format: 2, month, ...statement } satisfies Output<typeof output>)
      : savingsText(month, statement, terminal.width),
  );
  return 0;
};

const FIGURES = [
  { head: 'STOPS', align: 'right' },
  { head: 'CONFIRMED', align: 'right' },
  { head: 'BY THEMSELVES', align: 'right' },
  { head: 'GIVEN UP', align: 'right' },
  { head: 'MINUTES AT MOST', align: 'right' },
  { head: 'AT MOST', align: 'right' },
  { head: 'LIKELY', align: 'left' },
] as const;

/** The statement of a month for people. */
function savingsText(month: string, { total, byRule, byProject }: SavingsStatement, width: number): string {
  const part = (head: string, rows: readonly Row[]) =>
    table([{ head }, ...FIGURES], [...rows, rowOf('total', total)], width);
  const rules = byRule.map(({ rule, ...own }) => rowOf(rule ?? '(people)', own));
  const projects = byProject.map(({ project, ...own }) => rowOf(project ?? '(unknown)', own));
  const notes = [
    total.withoutLikely > 0 &&
      `Of ${total.withoutLikely} confirmed stops no usual duration is known; they are not in "likely".`,
    total.withoutMoney > 0 &&
      `Of ${total.withoutMoney} confirmed stops it is not known whether they were metered; their money is not counted.`,
  ].filter((note) => typeof note === 'string');
  return [
    `Savings of ${month} (UTC days), from the audit trail. At most: up to the timeouts. Likely: up to the usual durations.\n\n`,
    part('RULE', rules),
    '\n',
    part('PROJECT', projects),
    ...notes.map((note) => `\n${note}\n`),
  ].join('');
}

function rowOf(name: string, own: Savings): Row {
  return [
    name,
    String(own.stops),
    String(own.confirmed),
    String(own.finishedByThemselves),
    String(own.escalated),
    String(own.atMost.minutes),
    formatUsd(own.atMost.money),
    formatUsd(own.likely.money),
  ];
}
