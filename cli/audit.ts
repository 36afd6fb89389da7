import pMap from 'p-map';
import { parseArn } from '../lambda/arn.ts';
import type { StoredAuditRecord } from '../lambda/model.ts';
import { formatMinutes, formatUsd } from '../lambda/money.ts';
import { matchesGlob } from '../lambda/policy/match.ts';
import { DAY, utcDay } from '../lambda/time.ts';
import { DAYS_AT_ONCE, openAuditTrail, TABLE, WHICH_TABLE, warnOf } from './audit-table.ts';
import { type Arguments, type CommandSpec, dayOf, type RunCommand, UsageError } from './command.ts';
import { auditRecord, type Output, z } from './output.ts';
import { STACK } from './stack.ts';
import { jsonText, type Row, table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Days that are searched for the work of a run or project. */
const DEFAULT_DAYS = 2;
const MOST_DAYS = 400;

const output = z.array(auditRecord);

export const auditSpec: CommandSpec = {
  name: 'audit',
  summary: 'what AutoStop did and why',
  usage:
    '[--stack <name>] [--table <name>] [--arn <arn>] [--day <YYYY-MM-DD>] [--days <number>] [--project <glob>] [--run <glob>] [--rule <id>] [--event <name>] [--json]',
  about: [
    'Prints all records of one job or session, of the work in a run or project, or of UTC days, in the order in which they were written.',
    `The work in a run or project is looked for in the records of a day, or of the last days: ${DEFAULT_DAYS} unless --days says otherwise.`,
    WHICH_TABLE,
    'Exit codes: 0 also when there is no record, 1 failure.',
  ],
  operands: [],
  options: {
    stack: STACK,
    table: TABLE,
    arn: {
      value: 'arn',
      help: 'records of this ARN; "guard" for orders, pauses, exemptions and budget thresholds',
    },
    day: { value: 'YYYY-MM-DD', help: 'records of this UTC day; default today' },
    days: { value: 'number', help: 'how many UTC days back, today included' },
    project: { value: 'glob', help: 'only records of projects of such a name' },
    run: { value: 'glob', help: 'only records of runs of such a name' },
    rule: { value: 'id', help: 'only records of this rule' },
    event: { value: 'name', help: 'only such events, such as StopAccepted or WouldStop' },
    json: { help: 'the records as a JSON array' },
  },
  json: output,
};

export const audit: RunCommand = async ({ values, flags }, terminal) => {
  const question = questionOf(values, terminal);
  const trail = await openAuditTrail(values, terminal);
  const { arn, days } = question;
  const own = arn === undefined ? [] : await trail.of(arn, undefined, warnOf(terminal));
  const others = await pMap(days, (day) => trail.onDay(day, warnOf(terminal)), { concurrency: DAYS_AT_ONCE });
  const found = arn === undefined ? others.flat() : others.flat().filter((record) => isIn(record, arn));
  const once = new Map([...own, ...found].map((record) => [`${record.subject} ${record.id}`, record]));
  const records = [...once.values()].filter(filterOf(values)).sort(byTime);
  if (flags.has('json')) terminal.out(jsonText(records satisfies Output<typeof output>));
  else if (records.length === 0) terminal.out(`There is no record of ${question.what}.\n`);
  else terminal.out(table(COLUMNS, records.flatMap(rowsOf), terminal.width));
  return 0;
};

/** What the filters let through; without one, everything. */
function filterOf(values: Arguments['values']): (record: StoredAuditRecord) => boolean {
  const [project, run, rule, event] = ['project', 'run', 'rule', 'event'].map((name) => values.get(name));
  const fits = (pattern: string | undefined, text: string | undefined) =>
    pattern === undefined || (text !== undefined && matchesGlob(pattern, text));
  return (record) =>
    fits(project, record.project) &&
    fits(run, record.run) &&
    (rule === undefined || record.rule === rule) &&
    (event === undefined || record.event === event);
}

interface Question {
  readonly arn?: string;
  /** Days that are read from the index. */
  readonly days: readonly string[];
  readonly what: string;
}

function questionOf(values: Arguments['values'], terminal: Terminal): Question {
  const arn = values.get('arn');
  const day = values.get('day');
  const count = values.get('days');
  const kind = arn === undefined ? undefined : parseArn(arn)?.kind;
  const holdsWork = kind === 'run' || kind === 'project';
  if (arn !== undefined && !kind && arn !== 'guard' && !/^(sweep|budget)#./.test(arn))
    throw new UsageError(
      `--arn is "${arn}"; write the ARN of a job, session, run or project of Device Farm, or "guard"`,
    );
  if (count !== undefined && day !== undefined)
    throw new UsageError('both --day and --days are given; give one of them');
  if (count !== undefined && arn !== undefined && !holdsWork)
    throw new UsageError('--days has no use here: all records of this ARN are printed; leave it out');
  if (day !== undefined && arn !== undefined && !holdsWork)
    throw new UsageError('both --arn and --day are given; give one of them');
  if (arn !== undefined && !holdsWork) return { arn, days: [], what: arn };
  const days =
    day === undefined ? lastDays(count ?? (holdsWork ? DEFAULT_DAYS : 1), terminal.now()) : [dayOf(day)];
  const when = days.length === 1 ? days[0] : `the last ${days.length} days`;
  return {
    ...(arn !== undefined && { arn }),
    days,
    what: arn === undefined ? `${when}` : `${arn} in ${when}`,
  };
}

function lastDays(count: string | number, now: number): readonly string[] {
  const number = Number(count);
  if (!Number.isInteger(number) || number < 1 || number > MOST_DAYS)
    throw new UsageError(`--days is "${count}"; write a whole number from 1 to ${MOST_DAYS}`);
  return Array.from({ length: number }, (_, index) => utcDay(now - index * DAY));
}

/** Whether a record is about the run or project, or about work in it. */
function isIn({ subject }: StoredAuditRecord, arn: string): boolean {
  const parts = parseArn(subject);
  return subject === arn || parts?.runArn === arn || parts?.projectArn === arn;
}

function byTime(a: StoredAuditRecord, b: StoredAuditRecord): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

const COLUMNS = [
  { head: 'TIME (UTC)' },
  { head: 'EVENT' },
  { head: 'RULE' },
  { head: 'MONEY', align: 'right' },
  { head: 'BY' },
] as const;

/** Audit records for people; none is left out. */
function rowsOf(record: StoredAuditRecord): readonly Row[] {
  const { at, event, rule = '', money, actor, reason, subject } = record;
  const time = at.replace('T', ' ').replace('Z', '');
  const cells = [time, event, rule, money === undefined ? '' : formatUsd(money), actor];
  const place = placeOf(record);
  return [
    cells,
    { text: reason, indent: 4 },
    ...(place ? [{ text: place, indent: 4 }] : []),
    { text: subject, indent: 4 },
  ];
}

/** What the record is about, in names: `mobile, run nightly-42, Google Pixel 8, 75 min, attempt 1`. */
function placeOf({ project, run, device, owner, minutes, attempt }: StoredAuditRecord): string {
  const parts = [
    project,
    run && `run ${run}`,
    device,
    owner && `owner ${owner}`,
    minutes && formatMinutes(minutes.total),
    attempt !== undefined && `attempt ${attempt}`,
  ];
  return parts.filter(Boolean).join(', ');
}
