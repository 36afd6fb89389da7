import type { DeviceMinutes } from './model.ts';

/** Money is micro-dollars: millionths of a US dollar, always whole. */
export const MICRO_PER_USD = 1_000_000;

export const NO_MINUTES: DeviceMinutes = { total: 0, metered: 0, unmetered: 0 };

/**
 * A figure without the drift of binary fractions, as in 0.1 + 0.2: what stands at a limit must not count as above it.
 * It keeps millionths; Device Farm counts hundredths of a minute.
 */
export function withoutDrift(figure: number): number {
  return Math.round(figure * 1_000_000) / 1_000_000;
}

export function addMinutes(a: DeviceMinutes, b: DeviceMinutes): DeviceMinutes {
  return {
    total: withoutDrift(a.total + b.total),
    metered: withoutDrift(a.metered + b.metered),
    unmetered: withoutDrift(a.unmetered + b.unmetered),
  };
}

/** Money for metered device minutes at a price in US dollars a minute. Unmetered minutes are never money. */
export function moneyFor(meteredMinutes: number, pricePerMinute: number): number {
  return Math.round(meteredMinutes * pricePerMinute * MICRO_PER_USD);
}

/** `$12.34` from micro-dollars, rounded to the nearest cent. The one function that formats money. */
export function formatUsd(microUsd: number, digits = 2): string {
  return `$${(microUsd / MICRO_PER_USD).toFixed(digits)}`;
}

/** Minutes for a sentence: whole from 10 on, one decimal below. */
export function formatMinutes(minutes: number): string {
  return `${minutes >= 10 ? Math.round(minutes) : Math.round(minutes * 10) / 10} min`;
}

/** Two amounts of money for one sentence: with more digits where cents would hide that they differ. */
export function formatUsdApart(a: number, b: number): readonly [string, string] {
  return apart(a, b, USD_FORMATS);
}

/** Two durations for one sentence: with more digits where rounding would hide that they differ. */
export function formatMinutesApart(a: number, b: number): readonly [string, string] {
  return apart(a, b, MINUTE_FORMATS);
}

const USD_FORMATS = [2, 3, 4, 5, 6].map((digits) => (one: number) => formatUsd(one, digits));
const MINUTE_FORMATS = [
  formatMinutes,
  ...[1, 2, 3, 4, 5, 6].map((digits) => (one: number) => `${Number(one.toFixed(digits))} min`),
  (one: number) => `${one} min`,
];

/** Both in the first of these formats that tells them apart; equal ones, and what no format tells apart, in the first. */
function apart(
  a: number,
  b: number,
  formats: readonly ((one: number) => string)[],
): readonly [string, string] {
  const [first = String] = formats;
  const format = formats.find((one) => one(a) !== one(b)) ?? first;
  return [format(a), format(b)];
}
