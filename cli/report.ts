import pMap from 'p-map';
import { formatMinutes, formatUsd } from '../lambda/money.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';
import { DAYS_AT_ONCE, warnOf } from './audit-table.ts';
import { type CommandSpec, daysOfMonth, type RunCommand, UsageError } from './command.ts';
import { type Report, reportOf, reportOutput, type Spent } from './month-report.ts';
import { reportPage } from './report-page.ts';
import { findStack, readersOf, STACK, WHICH_STACK } from './stack.ts';
import { csvText, inOneLine, jsonText, table } from './table.ts';

const FORMATS = ['text', 'json', 'csv', 'html'] as const;

export const reportSpec: CommandSpec = {
  name: 'report',
  summary: 'a statement of a month: what was spent, stopped and saved',
  usage: '[--month <YYYY-MM>] [--format text|json|csv|html] [--policy <file>] [--stack <name>]',
  about: [
    'Spending comes from the ledger, where AutoStop keeps the final minutes of each run and session by the day of its creation (UTC here). Stops, savings and the results of rules that observe come from the audit trail.',
    'The ledger keeps 100 days. Work in flight is not in it yet, so a month is complete some hours after its end. The price of a minute and the rules are those of the policy here.',
    WHICH_STACK,
    'Exit codes: 0, 1 failure.',
  ],
  operands: [],
  options: {
    month: { value: 'YYYY-MM', help: 'the month, of UTC days; default this month' },
    format: { value: FORMATS.join('|'), help: 'html is one page that needs nothing else; default text' },
    policy: { value: 'file', help: 'the policy; default policy.yaml' },
    stack: STACK,
  },
  json: reportOutput,
};

export const report: RunCommand = async ({ values }, terminal) => {
  const now = new Date(terminal.now()).toISOString();
  const month = values.get('month') ?? now.slice(0, 7);
  const days = daysOfMonth(month);
  const format = FORMATS.find((one) => one === (values.get('format') ?? 'text'));
  if (!format) throw new UsageError(`--format is "${values.get('format')}"; write ${FORMATS.join(', ')}`);
  const policy = policyFromFile(values.get('policy') ?? 'policy.yaml');
  const stack = await findStack(values, terminal);
  const { audit, ledger } = readersOf(stack);
  const warn = warnOf(terminal);
  const [read, ...records] = await Promise.all([
    ledger.read(Date.parse(`${days[0]}T00:00:00Z`), warn),
    pMap(
      days.filter((day) => day <= now.slice(0, 10)),
      (day) => audit.onDay(day, warn),
      { concurrency: DAYS_AT_ONCE },
    ),
  ]);
  const usages = read.usages.filter(({ created }) => new Date(created).toISOString().startsWith(month));
  const found = reportOf(month, { usages, records: records.flat(2), policy });
  const texts = { text: reportText, json: jsonText, csv: reportCsv, html: reportPage };
  terminal.out(format === 'text' ? texts.text(found, terminal.width) : texts[format](found));
  return 0;
};

const SPENT = [
  { head: 'RUNS', align: 'right' },
  { head: 'METERED', align: 'right' },
  { head: 'UNMETERED', align: 'right' },
  { head: 'MONEY' },
] as const;
const RULES = [
  { head: 'RULE' },
  { head: 'STOPS', align: 'right' },
  { head: 'SAVED AT MOST', align: 'right' },
  { head: 'LIKELY', align: 'right' },
  { head: 'WOULD STOP', align: 'right' },
  { head: 'FALSE POSITIVES' },
] as const;

function reportText(found: Report, width: number): string {
  const { month, total, byProject, byRun, byTestType, rules, silent } = found;
  const part = (head: string, lines: readonly Spent[]) =>
    `\n${table(
      [{ head }, ...SPENT],
      lines.map(({ name, count, metered, unmetered, money }) => [
        name,
        String(count),
        formatMinutes(metered),
        formatMinutes(unmetered),
        formatUsd(money),
      ]),
      width,
    )}`;
  const ruleRows = rules.map((one) => [
    one.rule,
    String(one.stops),
    formatUsd(one.atMost),
    formatUsd(one.likely),
    String(one.wouldStop),
    String(one.falsePositives),
  ]);
  return [
    `${month}, UTC days: ${formatUsd(total.money)} for ${formatMinutes(total.metered)} metered, and ${formatMinutes(total.unmetered)} unmetered, in ${total.count} runs and sessions that have ended.\n`,
    part('PROJECT', byProject),
    part('RUNS NAMED', byRun),
    part('TEST TYPE', byTestType),
    rules.length > 0 ? `\n${table(RULES, ruleRows, width)}` : '\nNo rule stopped anything.\n',
    silent.length > 0 ? `\nRules that never fired: ${silent.map(inOneLine).join(', ')}\n` : '',
  ].join('');
}

/** One table for spreadsheets: money in dollars. */
function reportCsv({ month, byProject, byRun, byTestType, rules }: Report): string {
  const spent = (kind: string, lines: readonly Spent[]) =>
    lines.map(({ name, count, metered, unmetered, money }) => [
      month,
      kind,
      name,
      count,
      metered,
      unmetered,
      money / 1e6,
    ]);
  const rows = [
    ['month', 'kind', 'name', 'count', 'metered minutes', 'unmetered minutes', 'usd'],
    ...spent('project', byProject),
    ...spent('runs', byRun),
    ...spent('test type', byTestType),
    ...rules.map(({ rule, stops, atMost }) => [
      month,
      'saved at most by rule',
      rule,
      stops,
      '',
      '',
      atMost / 1e6,
    ]),
  ];
  return csvText(rows);
}
