import { type Project, phaseOf, type Run } from '../lambda/model.ts';
import { matchesUsage } from '../lambda/policy/match.ts';
import { isSuperseded, keysOf, type SupersededRule } from '../lambda/rules/superseded.ts';
import { DAY, MINUTE } from '../lambda/time.ts';
import { wireReaders } from '../lambda/wiring.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';
import { type CommandSpec, type RunCommand, UsageError } from './command.ts';
import { DAYS, daysOf, runsSince } from './history.ts';
import { type Output, z } from './output.ts';
import { jsonText, table } from './table.ts';

/** Names that are shown of one key. */
const SHOWN = 3;

const group = z
  .object({
    rule: z.string(),
    project: z.string(),
    key: z.string().nullable().describe('null: the rule gives these runs none.'),
    platform: z.string().optional(),
    testType: z.string().optional(),
    runs: z.array(z.string()).describe('Names, oldest first.'),
    replaced: z
      .array(z.tuple([z.string(), z.string()]))
      .describe('Pairs of names: what would have been replaced, and by what.'),
  })
  .describe('Runs to which a rule gives one key.');

export const keysSpec: CommandSpec = {
  name: 'keys',
  summary: 'how superseded rules group the runs of the account, and which would have replaced which',
  usage: '[--policy <file>] [--days <number>] [--json]',
  about: [
    'Lists the runs of the last days, and shows the key that each superseded rule of the policy gives them: from AUTOSTOP_KEY, else from the name. Runs of one project, key, platform and test type replace each other while they are in flight.',
    'Replaced: runs that were still in flight when a newer one of their key was created, further apart than the rule says.',
    'Exit codes: 0, 1 failure, 2 also when the policy has no superseded rule.',
  ],
  operands: [],
  options: {
    policy: { value: 'file', help: 'the policy; default policy.yaml' },
    days: DAYS,
    json: { help: 'the groups as JSON' },
  },
  json: z.array(group),
};

export const keys: RunCommand = async ({ values, flags }, terminal) => {
  const file = values.get('policy') ?? 'policy.yaml';
  const rules = policyFromFile(file).rules.filter(isSuperseded);
  if (rules.length === 0) throw new UsageError(`${file} has no rule of the type superseded`);
  const from = terminal.now() - daysOf(values) * DAY;
  const { farm } = wireReaders({});
  const runs: OfProject[] = [];
  for await (const projects of farm.projects())
    for (const project of projects)
      for (const run of await runsSince(farm, project, from)) runs.push({ project, run });
  const groups = rules.flatMap((rule) => groupsOf(rule, runs, terminal.now()));
  if (flags.has('json')) terminal.out(jsonText(groups));
  else terminal.out(table(COLUMNS, groups.map(rowOf), terminal.width));
  return 0;
};

interface OfProject {
  readonly project: Project;
  readonly run: Run;
}

type Group = Output<typeof group>;

function groupsOf(rule: SupersededRule, runs: readonly OfProject[], now: number): readonly Group[] {
  const keyOf = keysOf(rule);
  const matches = matchesUsage(rule.match);
  const groups = new Map<string, OfProject[]>();
  for (const one of runs.filter(({ project, run }) => matches(asUsage(project, run)))) {
    const { project, run } = one;
    const id = JSON.stringify([project.arn, keyOf(run) ?? null, run.platform, run.testType]);
    groups.set(id, [...(groups.get(id) ?? []), one]);
  }
  return [...groups].map(([id, own]) => {
    const [, key, platform, testType]: [string, string | null, string?, string?] = JSON.parse(id);
    const ordered = own.map(({ run }) => run).toSorted((a, b) => (a.created ?? 0) - (b.created ?? 0));
    const project = own[0]?.project.name ?? '';
    const replaced = key === null ? [] : pairsOf(ordered, rule.apartMinutes, now);
    return {
      rule: rule.id,
      project,
      key,
      platform,
      testType,
      runs: ordered.map(({ name }) => name),
      replaced,
    };
  });
}

const NONE = { total: 0, metered: 0, unmetered: 0 };

function asUsage({ arn, name }: Project, run: Run) {
  const { billing, platform, testType, created = 0 } = run;
  const facts = { billing, platform, testType, created };
  return {
    ...facts,
    arn: run.arn,
    kind: 'run' as const,
    project: { arn, name },
    run: run.name,
    minutes: NONE,
    basis: 'final' as const,
  };
}

/** Each run with the first newer one that was created while it was in flight. */
function pairsOf(
  runs: readonly Run[],
  apartMinutes: number,
  now: number,
): readonly (readonly [string, string])[] {
  return runs.flatMap((run, index) => {
    const { created = 0, status } = run;
    const end = phaseOf(status) === 'completed' ? (run.stopped ?? created) : now;
    const newer = runs
      .slice(index + 1)
      .find((one) => (one.created ?? 0) < end && (one.created ?? 0) - created > apartMinutes * MINUTE);
    return newer ? [[run.name, newer.name] as const] : [];
  });
}

const COLUMNS = [
  { head: 'RULE' },
  { head: 'PROJECT' },
  { head: 'KEY' },
  { head: 'RUNS', align: 'right' },
  { head: 'REPLACED', align: 'right' },
  { head: 'NAMES' },
] as const;

function rowOf({ rule, project, key, runs, replaced }: Group): readonly string[] {
  const more = runs.length > SHOWN ? ` and ${runs.length - SHOWN} more` : '';
  const pairs = replaced.slice(0, SHOWN).map(([old, newer]) => `${old} by ${newer}`);
  const names = pairs.length > 0 ? pairs.join(', ') : `${runs.slice(-SHOWN).join(', ')}${more}`;
  return [rule, project, key ?? '(none)', String(runs.length), String(replaced.length), names];
}
