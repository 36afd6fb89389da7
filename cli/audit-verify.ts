import { readFileSync } from 'node:fs';
import pMap from 'p-map';
import { controlsAt } from '../lambda/controls/controls.ts';
import { LONGEST_INVOCATION_SECONDS } from '../lambda/env.ts';
import type { StoredAuditRecord } from '../lambda/model.ts';
import { exemptionFor } from '../lambda/policy/exemption.ts';
import { GUARD, isControlEvent } from '../lambda/store/ids.ts';
import { isRecord } from '../lambda/text.ts';
import { HOUR, iso, MINUTE, SECOND } from '../lambda/time.ts';
import { DAYS_AT_ONCE, openAuditTrail, TABLE, WHICH_TABLE, warnOf } from './audit-table.ts';
import { type CommandSpec, dayOf, daysOfMonth, type RunCommand, UsageError } from './command.ts';
import { z } from './output.ts';
import { STACK } from './stack.ts';
import { inOneLine, jsonText } from './table.ts';

/** A call has its outcome on record after three sweeps at the default interval, also after a crash. Milliseconds. */
export const OUTCOME_WITHIN = 15 * MINUTE;
/** Records before the first one that is looked at may be missing: no work lives longer. Milliseconds. */
const LONGEST_WORK = 27 * HOUR;

const OUTCOMES = ['StopAccepted', 'StopFailed', 'StopSkipped', 'StopConfirmed', 'StopEscalated'];

export const auditVerifySpec: CommandSpec = {
  name: 'audit verify',
  summary: 'whether the audit trail keeps its promises',
  usage:
    '[--stack <name>] [--table <name>] [--day <YYYY-MM-DD> | --month <YYYY-MM> | --file <path>] [--json]',
  about: [
    'Checks the records of a UTC day, a month, or a file that "autostop audit --json" wrote: every call has an intent before it and an outcome after it, attempts count up, a stop is confirmed only after it was accepted, and no rule stopped anything that a pause or an exemption by message held at that time.',
    'Exemptions by policy and by tag leave no record that names the work, so they are not checked. Of work that began before the records, missing beginnings are no violation.',
    WHICH_TABLE,
    'Exit codes: 0 no violation, 1 violations or failure.',
  ],
  operands: [],
  options: {
    stack: STACK,
    table: TABLE,
    day: { value: 'YYYY-MM-DD', help: 'records of this UTC day; default today' },
    month: { value: 'YYYY-MM', help: 'records of this month, of UTC days' },
    file: { value: 'path', help: 'a JSON array of records; no call is made' },
    json: { help: 'the violations as a JSON array of texts' },
  },
  json: z.array(z.string().describe('A violation, in one sentence.')),
};

export const auditVerify: RunCommand = async ({ values, flags }, terminal) => {
  const [day, month, file] = ['day', 'month', 'file'].map((name) => values.get(name));
  if ([day, month, file].filter((one) => one !== undefined).length > 1)
    throw new UsageError('give one of --day, --month and --file');
  const now = terminal.now();
  const today = iso(now).slice(0, 10);
  let records: readonly StoredAuditRecord[];
  let from: number;
  if (file !== undefined) {
    records = recordsIn(file);
    from = Math.min(now, ...records.map(({ at }) => Date.parse(at)));
  } else {
    const days =
      month === undefined ? [dayOf(day ?? today)] : daysOfMonth(month).filter((one) => one <= today);
    const trail = await openAuditTrail(values, terminal);
    const read = await pMap(days, (one) => trail.onDay(one, warnOf(terminal)), { concurrency: DAYS_AT_ONCE });
    records = read.flat();
    from = Date.parse(`${days[0] ?? today}T00:00:00Z`);
  }
  const violations = violationsIn(records, now, from);
  if (flags.has('json')) terminal.out(jsonText(violations));
  else {
    for (const violation of violations) terminal.out(`${inOneLine(violation)}\n`);
    terminal.out(`${records.length} records, ${violations.length} violations\n`);
  }
  return violations.length === 0 ? 0 : 1;
};

function recordsIn(file: string): readonly StoredAuditRecord[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `${file} could not be read as JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (!Array.isArray(value) || !value.every(isAuditRecord))
    throw new UsageError(`${file} is no array of audit records; write it with "autostop audit --json"`);
  return value;
}

function isAuditRecord(value: unknown): value is StoredAuditRecord {
  return (
    isRecord(value) &&
    ['subject', 'id', 'event', 'at', 'actor', 'reason'].every((name) => typeof value[name] === 'string')
  );
}

/**
 * What the records contradict of AutoStop's promises, one sentence each.
 * @param records in any order
 * @param now epoch milliseconds: an intent that is younger may still get its outcome
 * @param from epoch milliseconds before which records are missing; absent: none are
 */
export function violationsIn(
  records: readonly StoredAuditRecord[],
  now: number,
  from = Number.NEGATIVE_INFINITY,
): readonly string[] {
  const sorted = records.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || (a.id < b.id ? -1 : 1));
  const bySubject = new Map<string, StoredAuditRecord[]>();
  for (const record of sorted)
    bySubject.set(record.subject, [...(bySubject.get(record.subject) ?? []), record]);
  const controls = (bySubject.get(GUARD) ?? []).filter(({ event }) => isControlEvent(event));
  return [...bySubject.values()].flatMap((own) => [
    ...stepsOutOfOrder(own, from),
    ...openIntents(own, now),
    ...own.flatMap((record) => despiteControls(record, controls)),
  ]);
}

function stepsOutOfOrder(own: readonly StoredAuditRecord[], from: number): readonly string[] {
  const intended = new Set<number>();
  const accepted = new Set<number>();
  return own.flatMap((record) => {
    const { event, attempt = 0, at } = record;
    // A reply follows its intent within an invocation; a further attempt, or the end of the work, within its life.
    const isReply = attempt === 1 && ['StopAccepted', 'StopFailed', 'StopSkipped'].includes(event);
    const isOld = Date.parse(at) - from < (isReply ? OUTCOME_WITHIN : LONGEST_WORK) && intended.size === 0;
    if (event === 'StopRequested') {
      const before = intended.has(attempt - 1) || attempt === 1 || isOld;
      intended.add(attempt);
      return before ? [] : [`${name(record)}: there is no attempt ${attempt - 1} before it`];
    }
    if (attempt === 0 || !OUTCOMES.includes(event)) return [];
    if (event === 'StopAccepted') accepted.add(attempt);
    if (!intended.has(attempt) && !isOld) return [`${name(record)}: there is no intent before it`];
    const isLate = event === 'StopConfirmed' && accepted.size === 0 && intended.size > 0;
    return isLate ? [`${name(record)}: no stop was accepted before it`] : [];
  });
}

function openIntents(own: readonly StoredAuditRecord[], now: number): readonly string[] {
  const closed = new Set(own.filter(({ event }) => OUTCOMES.includes(event)).map(({ attempt }) => attempt));
  // The outcome of an earlier attempt may be lost: the later attempt was made because of that.
  const last = Math.max(0, ...own.map(({ attempt = 0 }) => attempt));
  return (
    own
      .filter(
        ({ event, attempt = 0 }) => event === 'StopRequested' && attempt === last && !closed.has(attempt),
      )
      // A process can die between its intent and its call; then the end of the work closes it.
      .filter(({ at }) => now - Date.parse(at) > LONGEST_WORK)
      .map((record) => `${name(record)}: it has no outcome`)
  );
}

/** A stop by rule although a message paused rules, or exempted the work, before the invocation began. */
function despiteControls(
  record: StoredAuditRecord,
  controls: readonly StoredAuditRecord[],
): readonly string[] {
  const { event, reason, subject, at, rule } = record;
  // A person's order has no rule, and waits for no pause.
  if (event !== 'StopRequested' || rule === undefined) return [];
  const moment = Date.parse(at);
  // An invocation goes by the controls that it read when it began.
  const begun = moment - LONGEST_INVOCATION_SECONDS * SECOND;
  // What was taken during the invocation, or ended during it, may or may not have been seen.
  const seen = controls.filter((one) => Date.parse(one.at) <= begun);
  const ended = controls.filter((one) => Date.parse(one.at) > begun && Date.parse(one.at) <= moment);
  const { pause, exemptions } = controlsAt([...seen, ...ended.filter(isEnd)], moment, () => {});
  if (pause) return [`${name(record)}: rules were ${pause.reason}`];
  const exemption = exemptionFor({ arn: subject, kind: 'job' }, exemptions, moment);
  return exemption && !reason.includes('it ignores what would keep this')
    ? [`${name(record)}: the work was kept by ${exemption.why}`]
    : [];
}

function isEnd({ event }: StoredAuditRecord): boolean {
  return event === 'GuardResumed' || event === 'ExemptionRevoked';
}

function name({ at, event, attempt, subject }: StoredAuditRecord): string {
  return `${at} ${event}${attempt === undefined ? '' : ` ${attempt}`} of ${subject}`;
}
