import { assertNever } from '../assert-never.ts';
import type { Spent } from '../charge.ts';
import { type DeviceMinutes, NO_MINUTES } from '../minutes.ts';
import { withoutDrift } from '../without-drift.ts';
import { forecastOf } from './forecast.ts';
import { moneyFor } from './money.ts';
import type { Period } from './period.ts';

export type BudgetUnit = 'usd' | 'meteredMinutes' | 'minutes';

/** Which of the three figures is meant. */
export type Basis = 'spent' | 'committed' | 'forecast';

/** The three figures of one period in one unit: micro-dollars for `usd`, device minutes otherwise. */
export interface Figures {
  /** Settled charges plus the estimate for work in flight. */
  readonly spent: number;
  /** `spent` plus what work in flight can still use before its timeout. */
  readonly committed: number;
  /** The burn rate so far carried to the end of the period; absent while there is not enough to tell. */
  readonly forecast?: number;
}

/** The figures of one period in every unit. */
export type Amounts = Readonly<Record<BudgetUnit, Figures>>;

/** What `charges` come to in `period`; charges of other periods are left out. `price` is US dollars per metered minute. */
export function amountsIn(period: Period, charges: readonly Spent[], price: number, now: number): Amounts {
  const own = charges.filter(({ created }) => created >= period.start && created < period.end);
  const figures = (unit: BudgetUnit): Figures => {
    // Each figure is rounded before it is added: then the order does not matter, and sums can stand for what they add up.
    const sum = (figureOf: (charge: Spent) => number) =>
      own.reduce((total, charge) => withoutDrift(total + withoutDrift(figureOf(charge))), 0);
    const spent = sum((charge) => spentOf(charge, unit, price));
    const committed = withoutDrift(
      spent + sum(({ remaining }) => amountOf(remaining ?? NO_MINUTES, unit, price)),
    );
    const forecast = forecastOf(spent, period, now);
    return { spent, committed, ...(forecast === undefined ? {} : { forecast }) };
  };
  return {
    usd: figures('usd'),
    meteredMinutes: figures('meteredMinutes'),
    minutes: figures('minutes'),
  };
}

function spentOf({ minutes, microUsd }: Spent, unit: BudgetUnit, price: number): number {
  return unit === 'usd' && microUsd !== undefined ? microUsd : amountOf(minutes, unit, price);
}

/** Device minutes in a unit: micro-dollars for `usd`. */
export function amountOf(minutes: DeviceMinutes, unit: BudgetUnit, price: number): number {
  switch (unit) {
    case 'usd':
      return moneyFor(minutes.metered, price);
    case 'meteredMinutes':
      return minutes.metered;
    case 'minutes':
      return minutes.total;
    default:
      return assertNever(unit);
  }
}
