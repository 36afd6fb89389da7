/** Micro-dollars: millionths of a US dollar, always whole. */
export const MICRO_PER_USD = 1_000_000;

/** Money for metered device minutes at a price in US dollars per minute; unmetered minutes are never money. */
export function moneyFor(meteredMinutes: number, pricePerMinute: number): number {
  return Math.round(meteredMinutes * pricePerMinute * MICRO_PER_USD);
}

/** `$12.34` from micro-dollars, rounded to the nearest cent. */
export function formatUsd(microUsd: number): string {
  return `$${(microUsd / MICRO_PER_USD).toFixed(2)}`;
}

/** Minutes for a sentence: whole from 10 on, one decimal below. */
export function formatMinutes(minutes: number): string {
  return `${minutes >= 10 ? Math.round(minutes) : Math.round(minutes * 10) / 10} min`;
}
