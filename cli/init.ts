import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { stringify } from 'yaml';
import { formatMinutes } from '../lambda/money.ts';
import { policyFromText } from '../lambda/policy/load.ts';
import { utcDay } from '../lambda/time.ts';
import { type CommandSpec, type RunCommand, UsageError } from './command.ts';
import { CACHE, DAYS, daysOf } from './history.ts';
import { plural } from './plan-text.ts';
import { FACTOR, type Group, readGroups, ruleOf } from './suggest.ts';
import { inOneLine, wrapText } from './table.ts';
import { pasteable } from './terminal.ts';

/** A policy takes 100 rules, and one is for everything. */
const MOST_RULES = 99;
/** Minutes that a job or session may run where no history says more, and after which Device Farm ends it anyway. */
const USUAL_LIMIT = 60;
const LONGEST_RUN = 150;
const WIDTH = 118;

export const initSpec: CommandSpec = {
  name: 'init',
  summary: 'write a first policy from the history of the account; it observes',
  usage: '[--policy <file>] [--force] [--days <number>] [--factor <number>] [--cache <file>]',
  about: [
    'Writes a policy with the limits of suggest, and one limit for everything, with comments. It observes: it records, and stops nothing.',
    'Exit codes: 0 written, 1 failure, 2 also when the file is there already.',
  ],
  operands: [],
  options: {
    policy: { value: 'file', help: 'the file to write; default policy.yaml' },
    force: { help: 'replace the file if it is there already' },
    days: DAYS,
    factor: FACTOR,
    cache: CACHE,
  },
};

export const init: RunCommand = async ({ values, flags }, terminal) => {
  const file = values.get('policy') ?? 'policy.yaml';
  if (existsSync(file) && !flags.has('force'))
    throw new UsageError(
      `${file} is there already; name another file by --policy, or replace it with --force`,
    );
  const groups = await readGroups(values, terminal);
  const text = policyOf(groups, `${daysOf(values)} days before ${utcDay(terminal.now())}`, file);
  const { rules } = policyFromText(text, file);
  write(file, text, flags.has('force'));
  terminal.out(
    [
      `${file} is written: ${plural(rules.length - 1, 'limit')} from the history of the account, and one for everything. It observes.`,
      'What it does, and what it would have stopped:',
      ...['policy check', 'backtest --policy'].map(
        (command) => `  ${pasteable(`${command} ${file}`, terminal)}`,
      ),
    ]
      .map((line) => `${line}\n`)
      .join(''),
  );
  return 0;
};

/** @throws UsageError */
function write(file: string, text: string, replaces: boolean): void {
  try {
    writeFileSync(file, text, { flag: replaces ? 'w' : 'wx' });
  } catch (error) {
    throw new UsageError(`${file} could not be written: ${error instanceof Error ? error.message : error}`);
  }
}

function policyOf(groups: readonly Group[], days: string, file: string): string {
  const withLimit = groups.filter(({ limit }) => limit !== undefined);
  const taken = withLimit
    .filter(({ limit = 0 }) => limit <= LONGEST_RUN)
    .toSorted((a, b) => b.jobs - a.jobs)
    .slice(0, MOST_RULES);
  const left = groups.length - taken.length;
  const most = Math.max(USUAL_LIMIT, ...withLimit.map(({ limit = 0 }) => limit));
  const rest = { id: 'everything', type: 'job-duration', maxMinutes: Math.min(LONGEST_RUN, most) };
  const jobs = groups.reduce((sum, group) => sum + group.jobs, 0);
  return [
    comment(
      `A first policy, from ${plural(jobs, 'job')} in the ${days}. Every key is explained in docs/policy-reference.md.`,
    ),
    comment(`Check this file after a change: npx autostop policy check ${basename(file)}`),
    'version: 1\n',
    '\n',
    comment(
      'observe: record what would be stopped, stop nothing. enforce: stop it. Watch for some days what would be stopped, and how much of it wrongly (npx autostop plan), then change this one word and deploy again.',
    ),
    'mode: observe\n',
    '\n',
    comment('Days, weeks and months of budgets begin at midnight here.'),
    'timezone: UTC\n',
    '\n',
    comment('US dollars for one metered device minute: https://aws.amazon.com/device-farm/pricing/'),
    'pricePerMeteredMinute: 0.17\n',
    '\n',
    comment(
      'There are also budgets, and rules for queues, older builds, office hours and tests without progress: docs/policy-reference.md, Rules.',
    ),
    'rules:\n',
    ...taken.flatMap((group, index) => [comment(factsOf(group), 2), listed(ruleOf(group, index)), '\n']),
    comment(
      `Everything, also sessions and runs without a limit of their own.${left > 0 ? ` ${plural(left, 'group')} of runs had no limit below ${formatMinutes(LONGEST_RUN)} or too few jobs that passed: npx autostop suggest.` : ''}`,
      2,
    ),
    listed(rest),
  ].join('');
}

function factsOf({ project, runs, jobs, passed, p50 = 0, slowest = 0 }: Group): string {
  return `${project} / ${runs}: ${passed} of ${plural(jobs, 'job')} passed, half of them within ${formatMinutes(p50)}, the slowest in ${formatMinutes(slowest)}.`;
}

function comment(text: string, indent = 0): string {
  const start = `${' '.repeat(indent)}# `;
  return wrapText(inOneLine(text), WIDTH - start.length)
    .map((line) => `${start}${line}\n`)
    .join('');
}

/** An entry of a list, as YAML indents it below its key. */
function listed(entry: object): string {
  return stringify([entry]).replace(/^(?=.)/gm, '  ');
}
