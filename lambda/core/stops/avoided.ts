import { timeoutOf } from '../minutes.ts';
import type { Billing } from '../service.ts';
import { formatMinutes, formatUsd, moneyFor } from '../spend/money.ts';

/** Work that was stopped. Times are epoch milliseconds. */
export interface StoppedWork {
  /** When it began RUNNING; absent when it never did. */
  readonly started?: number;
  readonly stopped?: number;
  /** The run's timeout, else its project's. @default the service's own, 150 */
  readonly timeoutMinutes?: number;
  /** Absent: nobody could tell. */
  readonly billing?: Billing;
}

/** What a stop avoided at most: as if the work had gone on to its timeout. */
export interface Avoided {
  /** Device minutes, to the hundredth. */
  readonly avoided: number;
  /** Micro-dollars; absent when it is not known whether the minutes are metered. */
  readonly avoidedMoney?: number;
}

/** Nothing: the work ended by itself. */
export const NOTHING_AVOIDED: Avoided = { avoided: 0, avoidedMoney: 0 };

/**
 * The minutes that were left to the timeout when the work ended, and their money. Billing that Device Farm does not tell is
 * metered, its default (https://docs.aws.amazon.com/devicefarm/latest/APIReference/API_ScheduleRun.html).
 */
export function avoidedBy(work: StoppedWork, pricePerMeteredMinute: number): Avoided {
  const { started, stopped, billing } = work;
  const ran = started === undefined ? 0 : stopped === undefined ? undefined : (stopped - started) / 60_000;
  // When it ended is not known: then neither is what was left.
  if (ran === undefined) return { avoided: 0 };
  const avoided = Math.round(Math.max(0, timeoutOf(work) - Math.max(0, ran)) * 100) / 100;
  if (billing === undefined) return { avoided };
  return { avoided, avoidedMoney: billing === 'unmetered' ? 0 : moneyFor(avoided, pricePerMeteredMinute) };
}

/** The same as part of a sentence, named as the upper bound that it is. */
export function avoidedText({ avoided, avoidedMoney }: Avoided, timeoutMinutes: number): string {
  const money = avoidedMoney ? ` and ${formatUsd(avoidedMoney)}` : '';
  return `at most ${formatMinutes(avoided)}${money} avoided, up to its timeout of ${formatMinutes(timeoutMinutes)}`;
}
