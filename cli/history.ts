import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArn } from '../lambda/arn.ts';
import type { DeviceFarm } from '../lambda/device-farm/device-farm.ts';
import { type Job, type Project, phaseOf, type Run } from '../lambda/model.ts';
import { parseObject } from '../lambda/text.ts';
import { DAY } from '../lambda/time.ts';
import { type Arguments, type Option, UsageError } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Device Farm keeps runs for 400 days (https://docs.aws.amazon.com/devicefarm/latest/developerguide/limits.html). */
const MOST_DAYS = 400;
/** Runs between two lines of progress. */
const EVERY = 20;

export const DAYS: Option = { value: 'number', help: `days of history, 1 to ${MOST_DAYS}; default 30` };
export const CACHE: Option = {
  value: 'file',
  help: 'where what was read is kept, so that it is read once; default in the cache directory of your account',
};

/** A run that has ended, with its jobs. */
export interface PastRun {
  readonly project: Project;
  readonly run: Run;
  readonly jobs: readonly Job[];
}

/** The days of history that a command asks for. @throws UsageError */
export function daysOf(values: Arguments['values']): number {
  const text = values.get('days') ?? '30';
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days;
  throw new UsageError(`--days is "${text}"; write a whole number from 1 to ${MOST_DAYS}`);
}

/**
 * Runs that ended, of the last days, oldest first. The jobs of a run are listed once: they are kept in a file line by line, so that a
 * reading that was broken off goes on where it ended. Reads take half the rate that Device Farm allows.
 */
export async function readHistory(
  farm: Pick<DeviceFarm, 'projects' | 'runs' | 'jobs'>,
  { days, cache }: { readonly days: number; readonly cache: string | undefined },
  terminal: Pick<Terminal, 'err' | 'watched' | 'now' | 'env'>,
): Promise<readonly PastRun[]> {
  const from = terminal.now() - days * DAY;
  const ended: { readonly project: Project; readonly run: Run }[] = [];
  for await (const projects of farm.projects())
    for (const project of projects)
      for (const run of await runsSince(farm, project, from))
        if (phaseOf(run.status) === 'completed') ended.push({ project, run });
  const account = parseArn(ended[0]?.run.arn ?? '')?.account;
  const file =
    cache ??
    join(
      terminal.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
      'autostop',
      `${account ?? 'account'}.jsonl`,
    );
  const known = readCache(file);
  const missing = ended.filter(({ run }) => !known.has(run.arn));
  if (missing.length > 0) mkdirSync(dirname(file), { recursive: true });
  for (const [index, { run }] of missing.entries()) {
    const jobs: Job[] = [];
    for await (const page of farm.jobs(run.arn)) jobs.push(...page);
    known.set(run.arn, jobs);
    appendFileSync(file, `${JSON.stringify({ run: run.arn, jobs })}\n`);
    if (terminal.watched && (index + 1) % EVERY === 0)
      terminal.err(`\r${index + 1} of ${missing.length} runs read\u001b[K`);
  }
  if (terminal.watched && missing.length >= EVERY) terminal.err('\r\u001b[K');
  return ended
    .map(({ project, run }) => ({ project, run, jobs: known.get(run.arn) ?? [] }))
    .toSorted((a, b) => (a.run.created ?? 0) - (b.run.created ?? 0));
}

/** Runs of a project that were created since then. A listing that is not newest first is read in full. */
export async function runsSince(
  farm: Pick<DeviceFarm, 'runs'>,
  { arn }: Project,
  from: number,
): Promise<readonly Run[]> {
  const runs: Run[] = [];
  let [last, isOrdered] = [Number.POSITIVE_INFINITY, true];
  for await (const page of farm.runs(arn)) {
    runs.push(...page);
    for (const { created = last } of page) {
      isOrdered &&= created <= last;
      last = created;
    }
    if (isOrdered && last < from) break;
  }
  return runs.filter(({ created = 0 }) => created >= from);
}

/** A line that was not written to its end is read again from Device Farm. */
function readCache(file: string): Map<string, readonly Job[]> {
  const known = new Map<string, readonly Job[]>();
  if (!existsSync(file)) return known;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const entry = parseObject(line);
    if (entry && typeof entry.run === 'string' && Array.isArray(entry.jobs)) known.set(entry.run, entry.jobs);
  }
  return known;
}

/** The name of a group of runs, as a glob: numbers in names are those of builds. What a glob would read otherwise is one character. */
export function groupName(run: string): string {
  return run.replace(/[*?]/g, '?').replace(/\d+/g, '*');
}
