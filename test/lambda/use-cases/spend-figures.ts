import type { BasisFigures, SweepSummary } from '../../../lambda/core/report/sweep-summary.ts';
import { type Period, type PeriodKind, periodOf } from '../../../lambda/core/spend/period.ts';
import type { Guard } from '../../harness/guard-in-process.ts';
import type { Added } from './spend-week.ts';

const HOUR = 3_600_000;
/** The longest that anything of a week may be RUNNING. */
const LONGEST_MINUTES = 150;
/** Rounding of money and of shares. */
const ROUNDING = 1e-4;

/** What a sweep said of one period, in metered minutes, and what was true at that moment. */
export interface Compared extends BasisFigures {
  readonly name: string;
  readonly now: number;
  readonly period: Period;
  /** What the emulator had billed. */
  readonly billed: number;
  /** Jobs and sessions that had not ended. */
  readonly inFlight: number;
  /** What was in sight: created in the period, by then, in the project. */
  readonly works: readonly Added[];
}

/** What there is when a sweep begins: `now` in epoch milliseconds, and of the jobs and sessions those that have not ended. */
interface Sight {
  readonly now: number;
  readonly added: readonly Added[];
  readonly inFlight: ReadonlySet<string>;
}

/** Every figure of a sweep in money (the budgets', the account's and each project's) with the truth of the emulator. */
export function compare(
  guard: Guard,
  { usage, spend }: SweepSummary,
  { now, added, inFlight }: Sight,
  { zone, price, kinds }: { zone: string; price: number; kinds: ReadonlyMap<string, PeriodKind> },
): readonly Compared[] {
  const billedBy = billedAt(guard, now);
  const figures = [
    ...usage.map((one) => ({ ...one, name: one.rule, kind: kinds.get(one.rule) ?? 'day', projectArn: null })),
    ...spend.map((one) => ({ ...one, name: one.project ?? 'account' })),
  ];
  return figures.map(({ name, kind, period: label, usd, projectArn }) => {
    const period = periodOf(kind, Date.parse(label) + 12 * HOUR, zone);
    const works = added.filter(
      ({ created, project }) =>
        created >= period.start && created < period.end && (projectArn === null || project === projectArn),
    );
    return {
      name: `${name} ${kind} ${label}`,
      now,
      period,
      spent: usd.spent / price,
      committed: usd.committed / price,
      forecast: usd.forecast === null ? null : usd.forecast / price,
      billed: sum(works, billedBy),
      inFlight: works.flatMap(({ items }) => items).filter((arn) => inFlight.has(arn)).length,
      works,
    };
  });
}

/** What is wrong with a figure: the errors that the guard may make, and no more. `finally` is what all work was billed at last. */
export function faultOf(figure: Compared, finallyBilled: (arn: string) => number): string | undefined {
  const { name, now, period, spent, committed, forecast, billed, inFlight, works } = figure;
  const allowed = 0.02 * billed + 0.3 * inFlight + ROUNDING;
  const last = sum(works, finallyBilled);
  const share = (now - period.start) / (period.end - period.start);
  const expected = share >= 0.1 && share < 1 ? spent / share : null;
  const isForecast =
    forecast === null || expected === null ? forecast === expected : Math.abs(forecast - expected) < 0.01;
  const faults = [
    Math.abs(spent - billed) > allowed ? `spent is ${spent} for ${billed}, ${allowed} allowed` : '',
    committed < last - allowed ? `committed is ${committed}, and ${last} were billed at last` : '',
    committed - spent > inFlight * LONGEST_MINUTES + ROUNDING
      ? `committed is ${committed}, spent ${spent}`
      : '',
    isForecast ? '' : `forecast is ${forecast} for ${expected}`,
  ].filter((text) => text !== '');
  return faults.length === 0 ? undefined : `${new Date(now).toISOString()} ${name}: ${faults.join('; ')}`;
}

/** Those jobs and sessions that have not ended by now. */
export function stillInFlight(guard: Guard, arns: Iterable<string>): ReadonlySet<string> {
  const statusOf = (arn: string) => new Map(Object.entries(guard.emulator.show(arn) ?? {})).get('status');
  return new Set([...arns].filter((arn) => statusOf(arn) !== 'COMPLETED'));
}

/** Metered minutes that the emulator has billed until a moment, by the ARN of the run or session. */
export function billedAt(guard: Guard, now: number): (arn: string) => number {
  const { runs, sessions } = guard.emulator.billed(now);
  return (arn) => (runs.get(arn) ?? sessions.get(arn))?.metered ?? 0;
}

function sum(works: readonly Added[], billedBy: (arn: string) => number): number {
  return works.reduce((total, { arn }) => total + billedBy(arn), 0);
}
