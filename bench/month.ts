import { liveMonth, type MeasuredDay } from './month/live-month.ts';
import { printTable } from './print-table.ts';

const DAYS_A_MONTH = 30;
const SWEEPS_A_MONTH = 288 * DAYS_A_MONTH;
/** US dollars per million units on demand, us-west-2. */
const READ_PRICE = 0.125;
const WRITE_PRICE = 0.625;
const RUNS_A_DAY = [33, 333, 3_333] as const;
const DAYS = [2, 15, 30];

/** What a sweep asks of DynamoDB and Device Farm in a month of few runs and of many, early in it and late. */
export async function benchMonth(): Promise<void> {
  const months: (readonly MeasuredDay[])[] = [];
  for (const runs of RUNS_A_DAY) months.push(await liveMonth(runs, runs === RUNS_A_DAY.at(-1) ? DAYS : [30]));
  const busy = months.at(-1) ?? [];
  printDays(
    'A sweep late in the month, at 100,000 runs a month in 5 projects, each build with a name of its own',
    busy,
  );
  printDays(
    'A sweep on day 30, by the runs of the month',
    months.flatMap((days) => days.slice(-1)),
  );
  printNotes();
  for (const { day, problems } of months.flat())
    if (problems.length > 0) console.log(`  day ${day} had problems: ${[...new Set(problems)].join('; ')}`);
}

function printDays(heading: string, days: readonly MeasuredDay[]): void {
  const [first] = days;
  if (!first) return;
  const columns = [
    'day',
    'settled runs',
    'requests',
    'read units',
    'most',
    'comparing',
    'write units',
    'Device Farm calls',
  ];
  printTable(`${heading}; means of ${first.sweeps} sweeps of the day`, [
    [...columns, 'USD a month', 'ratio', 'every charge', 'ratio'],
    ...days.map((one) => [
      String(one.day),
      String(one.settledRuns),
      mean(one, one.usage.requests).toFixed(1),
      mean(one, one.usage.readUnits).toFixed(1),
      one.most.readUnits.toFixed(1),
      one.comparing.toFixed(0),
      mean(one, one.usage.writeUnits).toFixed(1),
      mean(one, one.usage.farmCalls).toFixed(1),
      costOf(one).toFixed(2),
      (costOf(one) / costOf(first)).toFixed(2),
      one.everyCharge.toFixed(0),
      (mean(one, one.usage.readUnits) / one.everyCharge).toFixed(2),
    ]),
  ]);
}

function printNotes(): void {
  for (const line of [
    'read and write units: as DynamoDB bills them on demand, 4 KB of a consistent read and 1 KB of a write; most: of the',
    `sweep that read most. USD a month: of ${SWEEPS_A_MONTH} such sweeps, at ${READ_PRICE} per million read units and ${WRITE_PRICE} per million write`,
    'units (https://aws.amazon.com/dynamodb/pricing/on-demand/, us-west-2; prices change). First ratio: to the first row.',
    'every charge: read units of all charges since the month began, read at noon; second ratio: what a sweep reads to that.',
    'What a sweep reads is above all the charges of the current day, which has no sums while it is open, then those of the',
    'day before until it is at rest. Days that are over are a few sums each. comparing: read units a day of comparing each',
    'project with the ledger in full, once; it reads all charges of the month, and is part of the cost.',
  ])
    console.log(`  ${line}`);
}

function mean({ sweeps }: MeasuredDay, total: number): number {
  return total / sweeps;
}

function costOf(one: MeasuredDay): number {
  const { readUnits, writeUnits } = one.usage;
  const reads = mean(one, readUnits) * SWEEPS_A_MONTH + one.comparing * DAYS_A_MONTH;
  const writes = mean(one, writeUnits) * SWEEPS_A_MONTH;
  return (reads * READ_PRICE + writes * WRITE_PRICE) / 1_000_000;
}
