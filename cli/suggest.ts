import { stringify } from 'yaml';
import { formatMinutes } from '../lambda/money.ts';
import { MINUTE } from '../lambda/time.ts';
import { wireReaders } from '../lambda/wiring.ts';
import { type Arguments, type CommandSpec, type Option, type RunCommand, UsageError } from './command.ts';
import { CACHE, DAYS, daysOf, groupName, type PastRun, readHistory } from './history.ts';
import { type Output, z } from './output.ts';
import { jsonText, table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Jobs that passed without which no limit is suggested. */
const ENOUGH = 5;
const SMALLEST_LIMIT = 3;
/** A timeout that is so many times the limit does little. */
const FAR_ABOVE = 3;

const passedMinutes = z.number().optional().describe('Minutes of jobs that passed; absent when none did.');
const group = z
  .object({
    project: z.string(),
    runs: z.string().describe('Names of the runs, as a glob.'),
    jobs: z.int().describe('Jobs that ran.'),
    passed: z.int(),
    p50: passedMinutes,
    p90: passedMinutes,
    slowest: passedMinutes,
    limit: z.number().optional().describe('Minutes; absent when too little is known.'),
    looseTimeout: z
      .number()
      .optional()
      .describe('The timeout of the newest run in minutes, where it is far above the limit.'),
  })
  .describe('Runs of one project and like names.');
export const FACTOR: Option = {
  value: 'number',
  help: 'limit divided by the slowest job that passed, 1 to 10; default 1.5',
};

export const suggestSpec: CommandSpec = {
  name: 'suggest',
  summary: 'limits for the runs of the account, from its own history',
  usage: '[--days <number>] [--factor <number>] [--cache <file>] [--json]',
  about: [
    `Groups the jobs of the last days by project and run name, where numbers in a name count as any number. The limit of a group is its slowest job that passed, times the factor, and at least ${SMALLEST_LIMIT} minutes. A group with fewer than ${ENOUGH} jobs that passed gets none.`,
    'Prints the groups, and a policy in observe mode to paste. Reading is that of backtest.',
    'Exit codes: 0, 1 failure.',
  ],
  operands: [],
  options: {
    days: DAYS,
    factor: FACTOR,
    cache: CACHE,
    json: { help: 'the groups as JSON' },
  },
  json: z.array(group),
};

export const suggest: RunCommand = async ({ values, flags }, terminal) => {
  const groups = await readGroups(values, terminal);
  if (flags.has('json')) {
    terminal.out(jsonText(groups));
    return 0;
  }
  if (groups.length === 0) {
    terminal.out(`No run ended in the last ${daysOf(values)} days.\n`);
    return 0;
  }
  terminal.out(table(COLUMNS, groups.map(rowOf), terminal.width));
  const rules = groups.filter(({ limit }) => limit !== undefined);
  if (rules.length > 0)
    terminal.out(`\n# A policy to begin with: it records, and stops nothing.\n${policyText(rules)}`);
  return 0;
};

/** The groups of runs in the history that the options ask for. @throws UsageError */
export async function readGroups(values: Arguments['values'], terminal: Terminal): Promise<readonly Group[]> {
  const days = daysOf(values);
  const factor = factorOf(values.get('factor') ?? '1.5');
  const { farm } = wireReaders({});
  return groupsOf(await readHistory(farm, { days, cache: values.get('cache') }, terminal), factor);
}

export type Group = Output<typeof group>;

/** @throws UsageError */
function factorOf(text: string): number {
  const factor = Number(text);
  if (factor >= 1 && factor <= 10) return factor;
  throw new UsageError(`--factor is "${text}"; write a number from 1 to 10`);
}

function groupsOf(history: readonly PastRun[], factor: number): readonly Group[] {
  const groups = new Map<string, PastRun[]>();
  for (const past of history) {
    const key = JSON.stringify([past.project.name, groupName(past.run.name)]);
    groups.set(key, [...(groups.get(key) ?? []), past]);
  }
  return [...groups].map(([key, pasts]) => {
    const [project, runs]: [string, string] = JSON.parse(key);
    return groupOf(project, runs, { pasts, factor });
  });
}

function groupOf(
  project: string,
  runs: string,
  { pasts, factor }: { readonly pasts: readonly PastRun[]; readonly factor: number },
): Group {
  const ran = pasts
    .flatMap(({ jobs }) => jobs)
    .filter(({ started, stopped }) => started && stopped && stopped > started);
  const passed = ran
    .filter(({ result }) => result === 'PASSED' || result === 'WARNED')
    .map(({ started = 0, stopped = 0 }) => (stopped - started) / MINUTE)
    .sort((a, b) => a - b);
  const slowest = passed.at(-1);
  const limit =
    slowest === undefined || passed.length < ENOUGH
      ? undefined
      : Math.max(SMALLEST_LIMIT, Math.ceil(slowest * factor));
  const timeout = pasts.at(-1)?.run.timeoutMinutes;
  const isLoose = limit !== undefined && timeout !== undefined && timeout >= FAR_ABOVE * limit;
  return {
    project,
    runs,
    jobs: ran.length,
    passed: passed.length,
    ...(slowest !== undefined && { p50: at(passed, 0.5), p90: at(passed, 0.9), slowest }),
    ...(limit !== undefined && { limit }),
    ...(isLoose && { looseTimeout: timeout }),
  };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const COLUMNS = [
  { head: 'PROJECT' },
  { head: 'RUNS' },
  { head: 'JOBS', align: 'right' },
  { head: 'PASSED', align: 'right' },
  { head: 'P50', align: 'right' },
  { head: 'P90', align: 'right' },
  { head: 'SLOWEST', align: 'right' },
  { head: 'LIMIT' },
] as const;

function rowOf({
  project,
  runs,
  jobs,
  passed,
  p50,
  p90,
  slowest,
  limit,
  looseTimeout,
}: Group): readonly string[] {
  const shown = (minutes: number | undefined) => (minutes === undefined ? '' : formatMinutes(minutes));
  const advice =
    looseTimeout === undefined ? '' : `; its timeout of ${formatMinutes(looseTimeout)} is far above it`;
  const text =
    limit === undefined ? `none: fewer than ${ENOUGH} jobs passed` : `${formatMinutes(limit)}${advice}`;
  return [project, runs, String(jobs), String(passed), shown(p50), shown(p90), shown(slowest), text];
}

function policyText(groups: readonly Group[]): string {
  return stringify({
    version: 1,
    mode: 'observe',
    rules: groups.map(ruleOf),
  });
}

/** The rule that a group suggests. */
export function ruleOf({ project, runs, limit }: Group, index: number): object {
  return {
    id: `suggested-${index + 1}`,
    type: 'job-duration',
    maxMinutes: limit,
    match: { projects: [globOf(project.replace(/\*/g, '?'))], runs: [globOf(runs)], work: 'jobs' },
  };
}

/** What looks like a pattern of another language is one character of any kind, so that nobody takes it for one. */
function globOf(text: string): string {
  return text.replace(/\.(?=\*)|[[\](){}^$\\|]/g, '?');
}
