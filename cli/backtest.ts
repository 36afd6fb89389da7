import { formatMinutes, formatUsd } from '../lambda/money.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import { wireReaders } from '../lambda/wiring.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';
import type { CommandSpec, RunCommand } from './command.ts';
import { CACHE, DAYS, daysOf, type PastRun, readHistory } from './history.ts';
import { microUsd, type Output, z } from './output.ts';
import { replay, type WouldBeStop, wouldBeStop } from './replay.ts';
import { jsonText, table } from './table.ts';

/** Stops that are shown one by one. */
const SHOWN = 20;

const output = z.object({
  days: z.int(),
  runs: z.int().describe('Runs of the history.'),
  jobs: z.int(),
  policies: z
    .array(
      z.object({
        policy: z.string().describe('Its file.'),
        rules: z
          .array(
            z.object({
              rule: z.string(),
              stops: z.int(),
              falsePositives: z.int(),
              minutes: z.number().describe('What the stopped jobs really used after the stops.'),
              money: microUsd,
              atMostMinutes: z.number().describe('Up to their timeouts.'),
            }),
          )
          .describe('Sums of each rule in the order of the policy, and of all.'),
        stops: z.array(wouldBeStop),
      }),
    )
    .describe('The policy, and the one that --against names.'),
});

export const backtestSpec: CommandSpec = {
  name: 'backtest',
  summary: 'what a policy would have stopped in the history of the account',
  usage: '[--policy <file>] [--against <file>] [--days <number>] [--cache <file>] [--json]',
  about: [
    'Reads the runs and jobs of the last days from Device Farm, and lives through them minute by minute with the code that decides in sweeps. What a policy stops is gone from then on. Rules count as if they enforced. Nothing is changed.',
    'Saved: what the stopped jobs really used after the moment of the stop. At most: up to their timeouts. False positives: stopped jobs that went on to pass.',
    'History does not show remote access sessions in flight, tags, and the counters of running jobs: rules of the type stalled apply to nothing, and sessions are left out. Exemptions of the policy hold for all of the history.',
    'Reading takes half the API rate, and each run once: what was read is kept in a file, so that a second backtest is fast and a broken one goes on.',
    'Exit codes: 0, 1 failure.',
  ],
  operands: [],
  options: {
    policy: { value: 'file', help: 'the policy; default policy.yaml' },
    against: { value: 'file', help: 'another policy to compare it with' },
    days: DAYS,
    cache: CACHE,
    json: { help: 'every would-be stop, and the sums, as JSON' },
  },
  json: output,
};

export const backtest: RunCommand = async ({ values, flags }, terminal) => {
  const days = daysOf(values);
  const files = [values.get('policy') ?? 'policy.yaml', values.get('against')].flatMap((file) => file ?? []);
  const policies = files.map((file) => ({ file, policy: policyFromFile(file) }));
  const { farm } = wireReaders({});
  const history = await readHistory(farm, { days, cache: values.get('cache') }, terminal);
  const results = policies.map(({ file, policy }) => ({ file, policy, stops: replay(history, policy) }));
  if (flags.has('json')) {
    const sums = results.map(({ file, policy, stops }) => ({
      policy: file,
      rules: byRule(policy, stops),
      stops,
    }));
    const found = { days, runs: history.length, jobs: jobsIn(history), policies: sums };
    terminal.out(jsonText(found satisfies Output<typeof output>));
    return 0;
  }
  terminal.out(
    `History of ${days} days: ${history.length} runs with ${jobsIn(history)} jobs that ended. Nothing is changed.\n`,
  );
  for (const { file, policy, stops } of results) {
    const rows = byRule(policy, stops).map((one) => [
      one.rule,
      String(one.stops),
      String(one.falsePositives),
      formatMinutes(one.minutes),
      formatUsd(one.money),
      formatMinutes(one.atMostMinutes),
    ]);
    terminal.out(`\n${file}, as if it enforced:\n`);
    terminal.out(table(COLUMNS, rows, terminal.width));
    terminal.out(shown(stops));
  }
  terminal.out('\nSessions, tags and counters of running jobs are not in the history.\n');
  return 0;
};

const COLUMNS = [
  { head: 'RULE' },
  { head: 'STOPS', align: 'right' },
  { head: 'FALSE POSITIVES', align: 'right' },
  { head: 'SAVED', align: 'right' },
  { head: 'MONEY', align: 'right' },
  { head: 'AT MOST' },
] as const;

function jobsIn(history: readonly PastRun[]): number {
  return history.reduce((sum, { jobs }) => sum + jobs.length, 0);
}

/** Sums of each rule in the order of the policy, and of all; a rule that never stopped stands there with zeros. */
function byRule({ rules }: Policy, stops: readonly WouldBeStop[]) {
  const sumOf = (rule: string, own: readonly WouldBeStop[]) => ({
    rule,
    stops: own.length,
    falsePositives: own.filter(({ passed }) => passed).length,
    minutes: own.reduce((sum, { minutes }) => sum + minutes, 0),
    money: own.reduce((sum, { money }) => sum + money, 0),
    atMostMinutes: own.reduce((sum, { atMostMinutes }) => sum + atMostMinutes, 0),
  });
  return [
    ...rules.map(({ id }) =>
      sumOf(
        id,
        stops.filter(({ rule }) => rule === id),
      ),
    ),
    sumOf('all', stops),
  ];
}

/** The stops that would have been wrong first, then the dearest. */
function shown(stops: readonly WouldBeStop[]): string {
  const ranked = stops.toSorted((a, b) => Number(b.passed) - Number(a.passed) || b.minutes - a.minutes);
  const lines = ranked.slice(0, SHOWN).map(({ at, project, run, device, result, reason, minutes }) => {
    const when = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
    return `  ${when}  ${project} / ${run} / ${device}: ${reason}; it went on for ${formatMinutes(minutes)} and ended ${result || 'without a result'}\n`;
  });
  const more = stops.length > SHOWN ? `  and ${stops.length - SHOWN} more; --json has all\n` : '';
  return lines.join('') + more;
}
