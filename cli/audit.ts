import pMap from 'p-map';
import { parseArn } from '../lambda/arn.ts';
import type { StoredAuditRecord } from '../lambda/model.ts';
import { formatMinutes, formatUsd } from '../lambda/money.ts';
import { matchesGlob } from '../lambda/policy/match.ts';
import type { AuditTrail } from '../lambda/store/audit-trail.ts';
import { DAY, iso, MINUTE, parseInstant, SECOND, utcDay } from '../lambda/time.ts';
import { DAYS_AT_ONCE, openAuditTrail, TABLE, WHICH_TABLE, warnOf } from './audit-table.ts';
import {
  type Arguments,
  type CommandSpec,
  dayOf,
  durationOf,
  type RunCommand,
  UsageError,
} from './command.ts';
import { auditRecord, type Output, z } from './output.ts';
import { STACK } from './stack.ts';
import { csvText, jsonText, type Row, table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Days that are searched for the work of a run or project. */
const DEFAULT_DAYS = 2;
const MOST_DAYS = 400;
/** Between two looks for new records. */
const REFRESH = 5 * SECOND;
/** Clocks differ, and the index of days lags: a record may come late by so much. */
const LATE = 10 * MINUTE;

const output = z.array(auditRecord);

export const auditSpec: CommandSpec = {
  name: 'audit',
  summary: 'what AutoStop did and why',
  usage:
    '[--stack <name>] [--table <name>] [--arn <arn>] [--day <YYYY-MM-DD> | --days <number> | --since <duration or time>] [--project <glob>] [--run <glob>] [--rule <id>] [--event <name>] [--follow] [--json | --csv]',
  about: [
    'Prints all records of one job or session, of the work in a run or project, or of UTC days, in the order in which they were written.',
    `The work in a run or project is looked for in the records of a day, or of the last days: ${DEFAULT_DAYS} unless --days or --since says otherwise.`,
    'With --follow it stays, and prints records as they are written, from now on or from --since.',
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
    since: {
      value: 'duration or time',
      help: 'only what was written since then: such as 90m, 2h or 3d ago, or YYYY-MM-DDThh:mm:ssZ',
    },
    project: { value: 'glob', help: 'only records of projects of such a name' },
    run: { value: 'glob', help: 'only records of runs of such a name' },
    rule: { value: 'id', help: 'only records of this rule' },
    event: { value: 'name', help: 'only such events, such as StopAccepted or WouldStop' },
    follow: { help: 'stay, and print new records as they come; Ctrl-C ends it' },
    json: { help: 'the records as a JSON array; with --follow one object a line' },
    csv: { help: 'the records for spreadsheets, money in US dollars' },
  },
  json: output,
};

export const audit: RunCommand = async ({ values, flags }, terminal) => {
  if (flags.has('json') && flags.has('csv')) throw new UsageError('--json and --csv do not go together');
  const question = questionOf(values, flags, terminal.now());
  const trail = await openAuditTrail(values, terminal);
  const look = async (asked: Question) =>
    (await readRecords(trail, asked, terminal)).filter(filterOf(values)).sort(byTime);
  if (flags.has('follow')) return follow(question, look, flags, terminal);
  const records = await look(question);
  if (flags.has('json')) terminal.out(jsonText(records satisfies Output<typeof output>));
  else if (flags.has('csv')) terminal.out(csvText([CSV_HEAD, ...records.map(csvRow)]));
  else if (records.length === 0) terminal.out(`There is no record of ${question.what}.\n`);
  else terminal.out(table(COLUMNS, records.flatMap(rowsOf), terminal.width));
  return 0;
};

async function readRecords(
  trail: AuditTrail,
  { arn, days, since }: Question,
  terminal: Terminal,
): Promise<readonly StoredAuditRecord[]> {
  const warn = warnOf(terminal);
  const own = arn === undefined ? [] : await trail.of(arn, undefined, warn);
  const others = await pMap(days, (day) => trail.onDay(day, warn, since), { concurrency: DAYS_AT_ONCE });
  const found = arn === undefined ? others.flat() : others.flat().filter((record) => isIn(record, arn));
  const once = new Map([...own, ...found].map((record) => [keyOf(record), record]));
  return [...once.values()].filter(({ at }) => since === undefined || Date.parse(at) >= since);
}

/** Prints records as they come, each once, until somebody ends it. */
async function follow(
  question: Question,
  look: (asked: Question) => Promise<readonly StoredAuditRecord[]>,
  flags: ReadonlySet<string>,
  terminal: Terminal,
): Promise<never> {
  const start = question.since ?? terminal.now();
  let printed: ReadonlySet<string> = new Set();
  let since = start;
  if (flags.has('csv')) terminal.out(csvText([CSV_HEAD]));
  let isFirst = true;
  for (;;) {
    const days = question.days.length > 0 ? daysSince(since, terminal.now()) : [];
    const found = await look({ ...question, since, days });
    const fresh = found.filter((record) => !printed.has(keyOf(record)));
    printed = new Set(found.map(keyOf));
    if (flags.has('json')) terminal.out(fresh.map((record) => jsonText(record, 0)).join(''));
    else if (flags.has('csv')) terminal.out(csvText(fresh.map(csvRow)));
    else if (fresh.length > 0) {
      const text = table(COLUMNS, fresh.flatMap(rowsOf), terminal.width);
      terminal.out(isFirst ? text : text.slice(text.indexOf('\n') + 1));
      isFirst = false;
    }
    since = Math.max(start, terminal.now() - LATE);
    await terminal.sleep(REFRESH);
  }
}

function keyOf({ subject, id }: StoredAuditRecord): string {
  return `${subject} ${id}`;
}

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
  /** Only what was written then or later. Epoch milliseconds. */
  readonly since?: number;
  readonly what: string;
}

function questionOf(values: Arguments['values'], flags: ReadonlySet<string>, now: number): Question {
  const [arn, day, count, from] = ['arn', 'day', 'days', 'since'].map((name) => values.get(name));
  const kind = arn === undefined ? undefined : parseArn(arn)?.kind;
  const readsDays = arn === undefined || kind === 'run' || kind === 'project';
  if (arn !== undefined && !kind && arn !== 'guard' && !/^(sweep|budget)#./.test(arn))
    throw new UsageError(
      `--arn is "${arn}"; write the ARN of a job, session, run or project of Device Farm, or "guard"`,
    );
  const given = ['day', 'days', 'since'].filter((name) => values.has(name)).map((name) => `--${name}`);
  if (given.length > 1) throw new UsageError(`both ${given[0]} and ${given[1]} are given; give one of them`);
  if (flags.has('follow') && from === undefined && given.length > 0)
    throw new UsageError(`--follow and ${given[0]} do not go together; write --since`);
  if (count !== undefined && !readsDays)
    throw new UsageError('--days has no use here: all records of this ARN are printed; leave it out');
  if (day !== undefined && !readsDays)
    throw new UsageError('both --arn and --day are given; give one of them');
  const since = from === undefined ? undefined : sinceOf(from, now);
  const days = readsDays ? daysAsked({ day, count, since }, arn === undefined ? 1 : DEFAULT_DAYS, now) : [];
  const time = days.length === 1 ? days[0] : `the last ${days.length} days`;
  const when = since === undefined ? time : `the time since ${iso(since)}`;
  const named = arn !== undefined && { arn };
  if (!readsDays && since === undefined) return { ...named, days, what: `${arn}` };
  return {
    ...named,
    days,
    ...(since !== undefined && { since }),
    what: arn === undefined ? `${when}` : `${arn} in ${when}`,
  };
}

function daysAsked(
  { day, count, since }: { readonly day?: string; readonly count?: string; readonly since?: number },
  unless: number,
  now: number,
): readonly string[] {
  if (day !== undefined) return [dayOf(day)];
  if (since !== undefined) return daysSince(since, now);
  const number = Number(count ?? unless);
  if (!Number.isInteger(number) || number < 1 || number > MOST_DAYS)
    throw new UsageError(`--days is "${count}"; write a whole number from 1 to ${MOST_DAYS}`);
  return Array.from({ length: number }, (_, index) => utcDay(now - index * DAY));
}

/** The UTC days from a moment until now, now first. */
function daysSince(since: number, now: number): readonly string[] {
  const midnight = Date.parse(utcDay(since));
  return Array.from({ length: Math.floor((now - midnight) / DAY) + 1 }, (_, index) =>
    utcDay(now - index * DAY),
  );
}

/**
 * The moment that `--since` names.
 * @throws UsageError
 */
function sinceOf(text: string, now: number): number {
  const at =
    parseInstant(text) ?? now - durationOf('since', text, ', or a time such as 2030-01-01T00:00:00Z');
  if (at > now) throw new UsageError(`--since is "${text}", which is later than now (${iso(now)})`);
  if (now - at <= MOST_DAYS * DAY) return at;
  throw new UsageError(`--since is "${text}"; at most ${MOST_DAYS} days are read`);
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

const CSV_HEAD = [
  ...['time (utc)', 'event', 'rule', 'usd', 'by', 'reason'],
  ...['project', 'run', 'device', 'owner', 'minutes', 'attempt', 'arn'],
];

/** What the text shows of a record, one cell each. */
function csvRow(record: StoredAuditRecord): readonly (string | number)[] {
  const { at, event, rule = '', money, actor, reason, subject } = record;
  const { project = '', run = '', device = '', owner = '', minutes, attempt = '' } = record;
  const usd = money === undefined ? '' : money / 1e6;
  const place = [project, run, device, owner, minutes?.total ?? '', attempt, subject];
  return [at, event, rule, usd, actor, reason, ...place];
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
