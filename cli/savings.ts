import pMap from 'p-map';
import { savingsOf } from '../lambda/core/spend/savings.ts';
import { openAuditTrail, TABLE, WHICH_TABLE } from './audit-table.ts';
import type { CommandSpec, RunCommand } from './command.ts';
import { savingsText } from './savings-text.ts';
import { daysOfMonth } from './utc-month.ts';

/** Days read at once. */
const AT_ONCE = 4;

export const savingsSpec: CommandSpec = {
  name: 'savings',
  summary: 'what the stops of a month avoided',
  usage: '[--table <name>] [--month <YYYY-MM>] [--json]',
  about: [
    'Counts, from the audit trail alone, the stops of a month: how many were requested, took effect, were given up, and of how much work that finished by itself; minutes and money avoided, by rule and by project.',
    'What was avoided is an upper bound: as if the work had gone on to its timeout. A stop is counted in the month of its record, so that months add up.',
    WHICH_TABLE,
    'Exit codes: 0 also when there was no stop, 1 failure.',
  ],
  operands: [],
  options: {
    table: TABLE,
    month: { value: 'YYYY-MM', help: 'the month, of UTC days; default this month' },
    json: { help: 'the statement as a JSON object; money in micro-dollars' },
  },
};

export const savings: RunCommand = async ({ values, flags }, terminal) => {
  const now = new Date(terminal.now()).toISOString();
  const month = values.get('month') ?? now.slice(0, 7);
  const days = daysOfMonth(month).filter((day) => day <= now.slice(0, 10));
  const reader = openAuditTrail(values, terminal);
  const records = await pMap(days, (day) => reader.onDay(day), { concurrency: AT_ONCE });
  const statement = savingsOf(records.flat());
  terminal.out(
    flags.has('json')
      ? `${JSON.stringify({ format: 1, month, ...statement }, null, 2)}\n`
      : savingsText(month, statement, terminal.width),
  );
  return 0;
};
