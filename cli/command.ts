import { parseArgs } from 'node:util';
import { closestMatch } from 'leven';
import type { z } from 'zod';
import { DAY, HOUR, MINUTE } from '../lambda/time.ts';
import type { Terminal } from './terminal.ts';

/** 0: fine. 1: failure. 2: what was typed cannot be carried out. 3: something would be stopped (`plan --exit-code`). */
export type ExitCode = 0 | 1 | 2 | 3;

/** One option of a command. */
export interface Option {
  /** Name of its value in the help; absent for an option that takes none. */
  readonly value?: string;
  readonly help: string;
}

/** What a command takes, and what its help says. */
export interface CommandSpec {
  /** As it is typed: one or two words. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What stands after the name in the usage line. */
  readonly usage: string;
  /** Paragraphs of the command's own help. */
  readonly about: readonly string[];
  /** Names of the values that must stand after the command's name. */
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  /** What it prints for programs; absent when it prints nothing for them. */
  readonly json?: z.ZodType;
}

/** What was typed after the command's name. */
export interface Arguments {
  /** Options that take a value. */
  readonly values: ReadonlyMap<string, string>;
  /** Options that take none. */
  readonly flags: ReadonlySet<string>;
  readonly operands: readonly string[];
}

/** Carries a command out. Throws what `explainFailure` can put into words. */
export type RunCommand = (given: Arguments, terminal: Terminal) => Promise<ExitCode>;

/** What was typed cannot be carried out. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/**
 * Reads what stands after the command's name.
 * @throws UsageError naming the argument that is wrong, and what is allowed
 */
export function parseArguments(spec: CommandSpec, args: readonly string[]): Arguments {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(spec.options).map(([name, { value }]) => [name, { type: value ? 'string' : 'boolean' }]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string>();
  const flags = new Set<string>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const option = optionOf(spec, name, rawName);
    if (values.has(name) || flags.has(name)) throw new UsageError(`${rawName} is given twice; give it once`);
    if (option.value === undefined) flags.add(withoutValue(name, value));
    else values.set(name, withValue(rawName, option.value, value, inlineValue));
  }
  refuseOperands(spec, operands);
  return { values, flags, operands };
}

function optionOf({ name: command, options }: CommandSpec, name: string, rawName: string) {
  const option = Object.hasOwn(options, name) && rawName === `--${name}` ? options[name] : undefined;
  if (option) return option;
  const known = Object.keys(options).map((one) => `--${one}`);
  const meant = closest(rawName, known);
  throw new UsageError(
    `unknown option ${rawName}${meant ? `, did you mean ${meant}?` : ''}; "autostop ${command}" takes ${known.join(', ')}`,
  );
}

function withoutValue(name: string, value: string | undefined): string {
  if (value === undefined) return name;
  throw new UsageError(`--${name} is given the value "${value}"; it takes none`);
}

/** A value that begins with `-` is most likely the next option, and this one has none. */
function withValue(
  rawName: string,
  what: string,
  value: string | undefined,
  inline: boolean | undefined,
): string {
  if (value !== undefined && value !== '' && (inline || !value.startsWith('-'))) return value;
  throw new UsageError(`${rawName} has no value; write ${rawName} <${what}>`);
}

function refuseOperands(spec: CommandSpec, operands: readonly string[]): void {
  const missing = spec.operands[operands.length];
  if (missing) throw new UsageError(`<${missing}> is missing; write autostop ${spec.name} ${spec.usage}`);
  const extra = operands[spec.operands.length];
  if (extra !== undefined) {
    throw new UsageError(`"${extra}" is one argument too many; write autostop ${spec.name} ${spec.usage}`);
  }
}

/** The candidate that a person most likely meant, if one is close. */
export function closest(text: string, candidates: readonly string[]): string | undefined {
  const maxDistance = Math.max(1, Math.floor(text.length / 3));
  return closestMatch(text, [...candidates], { maxDistance });
}

/**
 * A day as it is typed, such as 2026-11-23.
 * @throws UsageError
 */
export function dayOf(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // A day that does not exist, such as 2026-02-30, comes back as another one or not at all.
  if (!Number.isNaN(at) && new Date(at).toISOString().startsWith(text)) return text;
  throw new UsageError(`day "${text}" is not a day; write it like 2026-11-23 (UTC)`);
}

/**
 * The UTC days of a month as it is typed, such as 2026-11.
 * @throws UsageError
 */
export function daysOfMonth(text: string): readonly string[] {
  const [, year = '', month = ''] = /^(\d{4})-(\d{2})$/.exec(text) ?? [];
  if (Number(month) < 1 || Number(month) > 12)
    throw new UsageError(`month "${text}" is not a month; write it like 2026-11 (UTC)`);
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Array.from({ length: days }, (_, index) => `${text}-${String(index + 1).padStart(2, '0')}`);
}

const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: HOUR, d: DAY };

/**
 * The milliseconds of a duration as it is typed, such as 90m.
 * @param or what may be typed instead, for the error
 * @throws UsageError
 */
export function durationOf(option: string, text: string | undefined, or = ''): number {
  if (text === undefined)
    throw new UsageError(`--${option} is missing; write minutes, hours or days, such as 30m`);
  const [, count = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? 0);
  if (ms > 0) return ms;
  throw new UsageError(`--${option} is "${text}"; write minutes, hours or days, such as 90m, 2h or 3d${or}`);
}
