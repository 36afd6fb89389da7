import { parseArn } from '../arn.ts';
import type { AuditRecord, StopResult } from '../model.ts';
import { formatMinutes, formatUsd } from '../money.ts';
import { factsOf } from '../stop/records.ts';
import { plain } from '../text.ts';
import { HOUR, iso } from '../time.ts';
import type { Invocation } from '../wiring.ts';

/** Entries of one list in a message; what is left out is counted, never dropped silently. */
const MAX_ENTRIES = 50;
const MAX_DEVICES = 5;
const MAX_REASON = 600;
/** Minutes by which a notification suggests to extend a limit, if the policy allows so many. */
const SUGGESTED_MINUTES = 30;
/** Hours that the exemption lasts which a notification suggests, if the policy allows so many. */
const SUGGESTED_HOURS = 24;
const CONSOLE = 'https://us-west-2.console.aws.amazon.com/devicefarm/home?region=us-west-2#/mobile/projects';

/** What a notification says of one job, session or run; a record of the audit trail says the same. */
export interface Told
  extends Pick<AuditRecord, 'project' | 'run' | 'device' | 'owner' | 'minutes' | 'money'> {
  readonly arn: string;
  readonly reason: string;
}

/** A list of a message under its title. */
export interface Section {
  readonly title: string;
  /** How many jobs and sessions the lines are about. @default the number of lines */
  readonly count?: number;
  readonly lines: readonly string[];
  /** Names of the projects that the lines are about. */
  readonly projects?: readonly string[];
}

/** What commands in a notification need. */
export type Around = Pick<Invocation, 'now' | 'policy' | 'manualStopTopicArn'>;

export function toldOf({ stop, reason }: Pick<StopResult, 'stop' | 'reason'>, { policy }: Around): Told {
  return { ...factsOf(stop.target, policy.pricePerMeteredMinute), arn: stop.target.arn, reason };
}

/**
 * One entry a run or session, with its devices together: names, minutes, money, the reason, the owner, the link to the console.
 * @param exempts the entry has the command that exempts the run or session
 */
export function runLines(
  told: readonly Told[],
  around: Around,
  { exempts = true }: { readonly exempts?: boolean } = {},
): readonly string[] {
  const groups = new Map<string, Told[]>();
  for (const one of told) {
    const arn = parseArn(one.arn)?.runArn ?? one.arn;
    groups.set(arn, [...(groups.get(arn) ?? []), one]);
  }
  return [...groups].map(([arn, group]) => {
    const command = exempts ? exemptCommand(arn, around) : undefined;
    const owner = group.find((one) => one.owner)?.owner;
    const lines = [
      sentence(arn, group),
      owner && `owner: ${harmless(owner)}`,
      consoleLink(arn) ?? plain(arn),
      command && `Exempt it: ${command}`,
    ];
    return lines.filter(Boolean).join('\n  ');
  });
}

/** A list of runs and sessions under its title. */
export function runSection(
  title: string,
  told: readonly Told[],
  around: Around,
  options?: { readonly exempts?: boolean },
): Section & { readonly count: number } {
  const projects = told.flatMap(({ project }) => project ?? []);
  return { title, count: told.length, lines: runLines(told, around, options), projects };
}

/** Names of the projects that a message is about. */
export function projectsOf(sections: readonly Section[]): readonly string[] {
  return [...new Set(sections.flatMap(({ projects = [] }) => projects))];
}

/** A plain text from the sections that have something to say; `undefined` when none has. */
export function digest(sections: readonly Section[]): string | undefined {
  const full = sections.filter(({ lines }) => lines.length > 0);
  if (full.length === 0) return undefined;
  return full
    .map(({ title, lines, count = lines.length }) => [`${title} (${count}):`, ...bounded(lines)].join('\n'))
    .join('\n\n');
}

/** The complete command that lets rules stop nothing for a while. */
export function pauseCommand({ manualStopTopicArn }: Around): string | undefined {
  return manualStopTopicArn && `npx autostop pause --topic ${manualStopTopicArn} --reason "why"`;
}

/** The complete command that lets one job or session go on for a while. */
export function extendCommand(arn: string, { manualStopTopicArn, policy }: Around): string | undefined {
  const minutes = Math.min(SUGGESTED_MINUTES, policy.manualStop.maxExtendMinutes);
  if (manualStopTopicArn === undefined || policy.manualStop.maxExtensions === 0) return undefined;
  return `npx autostop extend ${arn} --for ${minutes}m --topic ${manualStopTopicArn} --reason "why"`;
}

/**
 * A name or sentence from outside, harmless in a mail: plain, cut, and with no address that a mail program makes a link of.
 */
export function harmless(text: string, most?: number): string {
  return plain(text, most).replaceAll('://', ': //').replace(/www\./gi, 'www .');
}

function sentence(arn: string, group: readonly Told[]): string {
  const [first] = group;
  const { project, run } = first ?? {};
  const kind = parseArn(arn)?.kind === 'session' ? 'a session' : 'a run';
  const names = [project, run].flatMap((name) => (name ? [harmless(name)] : []));
  const devices = listed([...new Set(group.flatMap(({ device }) => (device ? [harmless(device)] : [])))]);
  const minutes = sum(group.map((one) => one.minutes?.total));
  const money = sum(group.map((one) => one.money));
  const facts = [
    `${names.join(' / ') || kind}${devices && `, ${devices}`}`,
    ...(minutes === undefined ? [] : [`${formatMinutes(minutes)} so far`]),
    ...(money === undefined ? [] : [formatUsd(money)]),
  ];
  const reasons = [...new Set(group.map(({ reason }) => reason))];
  const more =
    reasons.length > 1
      ? ` (and ${reasons.length - 1} more ${reasons.length === 2 ? 'reason' : 'reasons'}, in the audit trail)`
      : '';
  return `${facts.join(', ')}: ${harmless(reasons[0] ?? '', MAX_REASON)}${more}`;
}

/** The page of a run or session in the console of Device Farm. */
function consoleLink(arn: string): string | undefined {
  const parsed = parseArn(arn);
  const [project = '', ...rest] = arn.split(':').slice(6).join(':').split('/');
  if (parsed?.kind === 'run') return `${CONSOLE}/${project}/runs/${rest.join('/')}`;
  if (parsed?.kind === 'session') return `${CONSOLE}/${project}/sessions/${rest.join('/')}/files`;
  return parsed && `${CONSOLE}/${project}/runs`;
}

function exemptCommand(arn: string, { now, policy, manualStopTopicArn }: Around): string | undefined {
  if (manualStopTopicArn === undefined || !parseArn(arn)) return undefined;
  const hours = Math.min(SUGGESTED_HOURS, policy.manualStop.maxExemptHours);
  const until = iso(now + hours * HOUR).replace(/\.\d{3}Z$/, 'Z');
  return `npx autostop exempt ${arn} --until ${until} --topic ${manualStopTopicArn} --reason "why"`;
}

function listed(names: readonly string[]): string {
  const more = names.length > MAX_DEVICES ? ` and ${names.length - MAX_DEVICES} more devices` : '';
  return `${names.slice(0, MAX_DEVICES).join(', ')}${more}`;
}

/** `undefined`: of none of them is it known. */
function sum(figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined);
  return known.length === 0 ? undefined : known.reduce((all, one) => all + one, 0);
}

function bounded(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MAX_ENTRIES).map((line) => `- ${line}`);
  return lines.length > MAX_ENTRIES
    ? [...shown, `- and ${lines.length - MAX_ENTRIES} more, in the audit trail`]
    : shown;
}
