import { parseArn } from '../lambda/core/arn.ts';
import type { StoredAuditRecord } from '../lambda/core/audit-record.ts';
import { openAuditTrail, TABLE, WHICH_TABLE } from './audit-table.ts';
import { auditText } from './audit-text.ts';
import type { Arguments, CommandSpec, RunCommand } from './command.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { utcDay } from './utc-day.ts';

export const auditSpec: CommandSpec = {
  name: 'audit',
  summary: 'what the guard did and why',
  usage: '[--table <name>] [--arn <arn> | --day <YYYY-MM-DD>] [--json]',
  about: [
    'Prints all records of one job, session, run or project, or of one UTC day, in the order in which they were written.',
    WHICH_TABLE,
    'Exit codes: 0 also when there is no record, 1 failure.',
  ],
  operands: [],
  options: {
    table: TABLE,
    arn: { value: 'arn', help: 'records of this ARN; "guard" for commands and budget thresholds' },
    day: { value: 'YYYY-MM-DD', help: 'records of this UTC day; default today' },
    json: { help: 'the records as a JSON array' },
  },
};

export const audit: RunCommand = async ({ values, flags }, terminal) => {
  const question = questionOf(values, terminal);
  const reader = openAuditTrail(values, terminal);
  const found = question.arn === undefined ? await reader.onDay(question.day) : await reader.of(question.arn);
  const records = found.toSorted(byTime);
  if (flags.has('json')) terminal.out(`${JSON.stringify(records, null, 2)}\n`);
  else if (records.length === 0) terminal.out(`There is no record of ${question.arn ?? question.day}.\n`);
  else terminal.out(auditText(records, terminal.width));
  return 0;
};

type Question =
  | { readonly arn: string; readonly day?: undefined }
  | { readonly arn?: undefined; readonly day: string };

function questionOf(values: Arguments['values'], terminal: Terminal): Question {
  const arn = values.get('arn');
  const day = values.get('day');
  if (arn === undefined) return { day: utcDay(day ?? new Date(terminal.now()).toISOString().slice(0, 10)) };
  if (day !== undefined) throw new UsageError('both --arn and --day are given; give one of them');
  if (parseArn(arn) || isOwnSubject(arn)) return { arn };
  throw new UsageError(
    `--arn is "${arn}"; write the ARN of a job, session, run or project of Device Farm, or "guard"`,
  );
}

/** What the guard records of itself stands under names that are no ARNs. */
function isOwnSubject(text: string): boolean {
  return text === 'guard' || /^(sweep|budget)#./.test(text);
}

function byTime(a: StoredAuditRecord, b: StoredAuditRecord): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
