import { existsSync } from 'node:fs';
import { controlsAt } from '../lambda/controls/controls.ts';
import type { StoredAuditRecord } from '../lambda/model.ts';
import { formatMinutes } from '../lambda/money.ts';
import { ORDER } from '../lambda/orders/memory.ts';
import { policyVersion } from '../lambda/policy/deployed.ts';
import { type AuditTrail, LONGEST_CONTROL_DAYS } from '../lambda/store/audit-trail.ts';
import { subjects } from '../lambda/store/ids.ts';
import { isRecord } from '../lambda/text.ts';
import { DAY, HOUR, iso, MINUTE, SECOND, utcDay } from '../lambda/time.ts';
import { LIFETIME_HOURS } from '../lambda/usage/settle.ts';
import type { Readers } from '../lambda/wiring.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';
import { warnOf } from './audit-table.ts';
import { type CommandSpec, type RunCommand, UsageError } from './command.ts';
import { auditRecord, mode, type Output, time, z } from './output.ts';
import { alarmsOf, findStack, readersOf, STACK, WHICH_STACK } from './stack.ts';
import { inOneLine, jsonText } from './table.ts';
import { coloured, type Terminal } from './terminal.ts';

/** Sweeps that may be missing before AutoStop does not count as alive. */
const MISSING = 3;
/** The longest interval between sweeps that a stack takes. */
const LONGEST_INTERVAL = HOUR;
const BAR = 20;
const SHOWN = 10;

const lastSweepShape = {
  alive: z
    .boolean()
    .describe('No sweep is missing. All keys of the last sweep are absent when none is on record.'),
  sweptAt: time.optional().describe('When the last sweep ended.'),
  mode: mode.optional(),
  policyVersion: z.string().optional(),
  inFlight: z.number().optional().describe('Jobs and sessions.'),
  partial: z.boolean().optional().describe('It could not see everything.'),
  problems: z.array(z.string()).optional(),
  budgets: z.array(
    z.object({
      rule: z.string(),
      percent: z.number().describe('Of its limit, spent.'),
      text: z.string(),
    }),
  ),
};
const output = z.object({
  stack: z.string(),
  policy: z
    .object({ file: z.string(), version: z.string() })
    .optional()
    .describe('The policy on this machine; absent when there is none.'),
  alarms: z
    .object({
      inAlarm: z.array(z.string()).optional().describe('Names of those in the state ALARM.'),
      unknown: z.string().optional().describe('Why they are not known.'),
    })
    .describe('Alarms of the stack in CloudWatch: one of the two keys.'),
  ...lastSweepShape,
  pause: z.string().optional().describe('Until when AutoStop is paused, and by whom; absent when it is not.'),
  exemptions: z
    .array(z.object({ target: z.string().optional(), until: time, why: z.string() }))
    .describe('By message.'),
  extended: z
    .array(z.object({ at: time, reason: z.string(), actor: z.string() }))
    .describe('Longer limits by message.'),
  stops: z.array(auditRecord).describe('Accepted in the last hour.'),
  ordersNotDone: z.array(z.string()).describe('Ids of messages.'),
});

export const statusSpec: CommandSpec = {
  name: 'status',
  summary: 'whether AutoStop is alive, what holds it, and what it did in the last hour',
  usage: '[--stack <name>] [--policy <file>] [--watch | --json]',
  about: [
    'One screen: the last sweep, the alarms, the mode, whether the policy here is the one that is deployed, pauses, exemptions and longer limits by message, budgets, work in flight, stops of the last hour, and orders that are not done. It reads the two tables of the stack, its alarms in CloudWatch, and nothing of Device Farm.',
    WHICH_STACK,
    'Exit codes: 0 AutoStop is alive, 1 its last sweeps are missing, or failure.',
  ],
  operands: [],
  options: {
    stack: STACK,
    policy: { value: 'file', help: 'the policy to compare with; default policy.yaml, if there is one' },
    watch: { help: 'stay, and show it anew every 30 seconds; Ctrl-C ends it' },
    json: { help: 'the same as JSON' },
  },
  json: output,
};

export const status: RunCommand = async ({ values, flags }, terminal) => {
  if (flags.has('json') && flags.has('watch')) throw new UsageError('--json and --watch do not go together');
  const stack = await findStack(values, terminal);
  const readers = readersOf(stack);
  for (;;) {
    const now = terminal.now();
    const policy = policyHere(values.get('policy'));
    const [alarms, seen] = await Promise.all([alarmsOf(stack), look(readers, terminal)]);
    const found: Found = { stack: stack.name, policy, alarms, ...seen };
    terminal.out(
      `${flags.has('watch') ? CLEAR : ''}${flags.has('json') ? jsonText(found) : coloured(textOf(found, now), terminal)}`,
    );
    if (!flags.has('watch')) return found.alive ? 0 : 1;
    await terminal.sleep(REFRESH);
  }
};

/** Empties a terminal and begins at its top. */
const CLEAR = '\u001b[2J\u001b[H';
const REFRESH = 30 * SECOND;

async function look({ audit, state }: Pick<Readers, 'audit' | 'state'>, terminal: Terminal) {
  const now = terminal.now();
  const warn = warnOf(terminal);
  const [last, hour, control, orders] = await Promise.all([
    readSweeps(audit, now, warn),
    Promise.all([...new Set([utcDay(now - HOUR), utcDay(now)])].map((day) => audit.onDay(day, warn))),
    audit.controlsSince(now - LONGEST_CONTROL_DAYS * DAY, warn),
    state.readAll(ORDER),
  ]);
  return {
    ...last,
    ...held(control, now, warn),
    stops: hour.flat().filter(({ event, at }) => event === 'StopAccepted' && Date.parse(at) > now - HOUR),
    ordersNotDone: [...orders].filter(([, { value }]) => !value.done).map(([id]) => id),
  };
}

type Found = Output<typeof output>;
type LastSweep = Output<z.ZodObject<typeof lastSweepShape>>;

/** What the last sweep says of itself, from the records of yesterday and today. */
export async function readSweeps(
  audit: AuditTrail,
  now: number,
  warn: (what: string) => void,
): Promise<LastSweep> {
  const days = await Promise.all([now - DAY, now].map((at) => audit.of(subjects.sweep(at), undefined, warn)));
  return lastSweep(days.flat(), now);
}

/** What the newest record of a sweep says. */
function lastSweep(sweeps: readonly StoredAuditRecord[], now: number): LastSweep {
  const [before, last] = sweeps.toSorted((a, b) => (a.at < b.at ? -1 : 1)).slice(-2);
  const newest = last ?? before;
  if (!newest) return { alive: false, budgets: [] };
  const interval = last && before ? Date.parse(last.at) - Date.parse(before.at) : LONGEST_INTERVAL;
  const { counts, problems, budgets } = newest.details ?? {};
  return {
    alive: now - Date.parse(newest.at) <= MISSING * Math.min(Math.max(interval, MINUTE), LONGEST_INTERVAL),
    sweptAt: newest.at,
    mode: newest.mode,
    policyVersion: newest.policyVersion,
    inFlight: isRecord(counts) ? Number(counts.activeItems) : undefined,
    partial: isRecord(counts) && counts.partial === true,
    problems: Array.isArray(problems) ? problems.map(String) : [],
    budgets: (Array.isArray(budgets) ? budgets : []).filter(isRecord).map(({ rule, percent, text }) => ({
      rule: String(rule),
      percent: Number(percent),
      text: String(text),
    })),
  };
}

/** The version of the policy on this machine; absent when there is none. */
function policyHere(
  named: string | undefined,
): { readonly file: string; readonly version: string } | undefined {
  const file = named ?? 'policy.yaml';
  if (named === undefined && !existsSync(file)) return undefined;
  return { file, version: policyVersion(policyFromFile(file)) };
}

function held(records: readonly StoredAuditRecord[], now: number, warn: (what: string) => void) {
  const { pause, exemptions } = controlsAt(records, now, warn);
  return {
    ...(pause && { pause: pause.reason }),
    exemptions: exemptions.map(({ target, until, why }) => ({ target, until: iso(until), why })),
    // Older ones are of work that has ended.
    extended: records
      .filter(({ event, at }) => event === 'LimitExtended' && Date.parse(at) > now - LIFETIME_HOURS * HOUR)
      .map(({ at, reason, actor }) => ({ at, reason, actor })),
  };
}

function textOf(found: Found, now: number): string {
  const { alive, policy, pause, exemptions, extended, stops, ordersNotDone, budgets } = found;
  const rows: (readonly [string, string])[] = [
    ['stack', found.stack],
    ['alive', `${alive ? 'yes' : 'NO'}: ${sweptText(found, now)}`],
  ];
  rows.push(['alarms', alarmText(found.alarms)]);
  if (found.sweptAt !== undefined) {
    rows.push(['mode', `${found.mode}, policy ${found.policyVersion}${drift(found.policyVersion, policy)}`]);
    rows.push([
      'in flight',
      found.inFlight === undefined ? 'not known' : `${found.inFlight} jobs and sessions`,
    ]);
    for (const problem of found.problems ?? []) rows.push(['problem', problem]);
  }
  rows.push(['paused', pause ?? 'no']);
  rows.push(
    ...list(
      'exempt',
      exemptions.map(({ target, why }) => `${target}: ${why}`),
    ),
  );
  const longer = extended.map(({ at, reason, actor }) => `${at.slice(11, 16)} ${reason} (${actor})`);
  if (longer.length > 0) rows.push(...list('extended', longer));
  rows.push(...list('stopped', stops.map(stopText), 'nothing in the last hour'));
  rows.push(
    ...list(
      'orders',
      ordersNotDone.map((id) => `message ${id} is not done yet`),
      'all done',
    ),
  );
  rows.push(
    ...list(
      'budgets',
      budgets.map(({ rule, percent, text }) => `${bar(percent)} ${rule}: ${text}`),
    ),
  );
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${inOneLine(text)}\n`).join('');
}

/** When the last sweep ended, in words. */
export function sweptText(found: LastSweep, now: number): string {
  if (found.sweptAt === undefined) return 'no sweep is on record since yesterday';
  const age = (now - Date.parse(found.sweptAt)) / MINUTE;
  return `the last sweep ended ${formatMinutes(age)} ago${found.partial ? ' and could not see everything' : ''}`;
}

function alarmText({ inAlarm, unknown }: Found['alarms']): string {
  if (inAlarm === undefined) return `not known here (${unknown})`;
  return inAlarm.length === 0 ? 'none in alarm' : `IN ALARM: ${inAlarm.join(', ')}`;
}

function drift(deployed: string | undefined, policy: Found['policy']): string {
  if (!policy) return '';
  return policy.version === deployed
    ? `, the same as ${policy.file} here`
    : `; ${policy.file} here is another one (${policy.version})`;
}

function stopText({ at, project, run, device, reason }: Found['stops'][number]): string {
  const names = [project, run, device].filter(Boolean).join(' / ');
  return `${at.slice(11, 16)} ${names}: ${reason}`;
}

function list(name: string, texts: readonly string[], none = 'none'): readonly (readonly [string, string])[] {
  const shown = texts.slice(-SHOWN);
  const more = texts.length > SHOWN ? [`and ${texts.length - SHOWN} earlier ones`] : [];
  return (shown.length > 0 ? [...more, ...shown] : [none]).map((text, index) => [
    index === 0 ? name : '',
    text,
  ]);
}

/** A bar of a percentage, full at 100. */
function bar(percent: number): string {
  const full = Math.max(0, Math.min(BAR, Math.round((percent * BAR) / 100)));
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`;
}
