import type { StoredAuditRecord, Usage } from '../lambda/model.ts';
import { moneyFor } from '../lambda/money.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import { type SavingsStatement, savingsOf } from '../lambda/usage/savings.ts';
import { groupName } from './history.ts';
import { microUsd, type Output, z } from './output.ts';
import { saved } from './savings.ts';

/** Groups of runs that are shown; the others are summed up. */
const MOST_RUNS = 20;

const spending = z
  .object({
    name: z.string(),
    count: z.int().describe('Runs and sessions.'),
    metered: z.number().describe('Device minutes.'),
    unmetered: z.number().describe('Device minutes.'),
    money: microUsd,
  })
  .describe('What some work used and cost.');
export type Spent = Output<typeof spending>;

const ruleLine = z
  .object({
    rule: z.string().describe('Its id; "(people)" for what people stopped.'),
    stops: z.int(),
    atMost: microUsd.describe('Micro-dollars avoided, up to the timeouts.'),
    likely: microUsd.describe('Micro-dollars avoided, up to usual durations.'),
    wouldStop: z.int().describe('Would-be stops of a rule that observes, which have ended.'),
    falsePositives: z.int().describe('Those of them that went on to pass.'),
  })
  .describe('What a rule did or would have done.');

export const reportOutput = z.object({
  format: z.literal(1),
  month: z.string().describe('Of UTC days, such as 2026-11.'),
  total: spending,
  byProject: z.array(spending),
  byRun: z.array(spending),
  byTestType: z.array(spending),
  rules: z.array(ruleLine),
  silent: z.array(z.string()).describe('Rules that neither stopped nor would have stopped anything.'),
  savings: z.object(saved),
});
export type Report = Output<typeof reportOutput>;

/** The figures of a month from what ended in it and from the audit records of its days. */
export function reportOf(
  month: string,
  {
    usages,
    records,
    policy,
  }: {
    readonly usages: readonly Usage[];
    readonly records: readonly StoredAuditRecord[];
    readonly policy: Policy;
  },
): Report {
  const spent = (nameOf: (usage: Usage) => string) => spentBy(usages, nameOf, policy.pricePerMeteredMinute);
  const savings = savingsOf(records);
  const rules = linesOf(records, savings);
  const runs = spent(
    ({ project, run }) => `${project.name} / ${run === undefined ? 'sessions' : groupName(run)}`,
  );
  return {
    format: 1,
    month,
    total: spent(() => 'all')[0] ?? { name: 'all', count: 0, metered: 0, unmetered: 0, money: 0 },
    byProject: spent(({ project }) => project.name),
    byRun: bounded(runs),
    byTestType: spent(
      ({ kind, testType }) => testType ?? (kind === 'session' ? 'remote access' : 'not known'),
    ),
    rules,
    silent: policy.rules.map(({ id }) => id).filter((id) => !rules.some(({ rule }) => rule === id)),
    savings: savings.total,
  };
}

/** Sums by name, the dearest first. */
function spentBy(
  usages: readonly Usage[],
  nameOf: (usage: Usage) => string,
  price: number,
): readonly Spent[] {
  const sums = new Map<string, { count: number; metered: number; unmetered: number }>();
  for (const usage of usages) {
    const name = nameOf(usage);
    const sum = sums.get(name) ?? { count: 0, metered: 0, unmetered: 0 };
    sum.count += 1;
    sum.metered += usage.minutes.metered;
    sum.unmetered += usage.minutes.unmetered;
    sums.set(name, sum);
  }
  return [...sums]
    .map(([name, sum]) => ({ name, ...sum, money: moneyFor(sum.metered, price) }))
    .sort((a, b) => b.money - a.money || b.unmetered - a.unmetered || (a.name < b.name ? -1 : 1));
}

function bounded(runs: readonly Spent[]): readonly Spent[] {
  const rest = runs.slice(MOST_RUNS);
  if (rest.length === 0) return runs;
  const sum = (of: (one: Spent) => number) => rest.reduce((all, one) => all + of(one), 0);
  const others = {
    name: `${rest.length} others`,
    count: sum(({ count }) => count),
    metered: sum(({ metered }) => metered),
    unmetered: sum(({ unmetered }) => unmetered),
    money: sum(({ money }) => money),
  };
  return [...runs.slice(0, MOST_RUNS), others];
}

/** A line for each rule that did something; stops by people stand under "(people)". */
function linesOf(records: readonly StoredAuditRecord[], { byRule }: SavingsStatement): Report['rules'] {
  const ended = records.filter(({ event }) => event === 'WouldStopEnded');
  const would = records.filter(({ event }) => event === 'WouldStop');
  const names = [
    ...byRule.map(({ rule }) => rule ?? '(people)'),
    ...[...would, ...ended].map(({ rule = '' }) => rule),
  ];
  return [...new Set(names)].map((rule) => {
    const own = byRule.find((one) => (one.rule ?? '(people)') === rule);
    const observed = ended.filter((one) => one.rule === rule);
    return {
      rule,
      stops: own?.confirmed ?? 0,
      atMost: own?.atMost.money ?? 0,
      likely: own?.likely.money ?? 0,
      wouldStop: observed.length,
      falsePositives: observed.filter(({ details }) => details?.verdict === 'falseStop').length,
    };
  });
}
