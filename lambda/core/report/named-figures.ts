import type { Amounts, Figures } from '../spend/amounts.ts';
import { MICRO_PER_USD } from '../spend/money.ts';
import type { Period } from '../spend/period.ts';
import type { SpendLine } from '../spend/spend-line.ts';
import type { BasisFigures, SpendFigures } from './sweep-summary.ts';

/** The three figures as they are told: in device minutes and in US dollars, each by its name. */
export function inMinutesAndMoney(amounts: Amounts): {
  readonly minutes: BasisFigures;
  readonly usd: BasisFigures;
} {
  return { minutes: named(amounts.minutes), usd: named(amounts.usd, MICRO_PER_USD) };
}

/** Figures by name; micro-dollars become dollars by `scale`. */
export function named({ spent, committed, forecast }: Figures, scale = 1): BasisFigures {
  return {
    spent: spent / scale,
    committed: committed / scale,
    forecast: forecast === undefined ? null : forecast / scale,
  };
}

/** One line of the overview as it is told. `completeFrom`: from when on everything was read, epoch milliseconds. */
export function spendFigures(
  { project, period, amounts }: SpendLine,
  completeFrom: number | undefined,
): SpendFigures {
  return {
    project: project?.name ?? null,
    projectArn: project?.arn ?? null,
    kind: period.kind,
    period: period.label,
    ...inMinutesAndMoney(amounts),
    incomplete: isIncomplete(period, completeFrom),
  };
}

/** Whether not all of a period has been read yet. */
export function isIncomplete({ start }: Period, completeFrom: number | undefined): boolean {
  return completeFrom === undefined || completeFrom > start;
}
