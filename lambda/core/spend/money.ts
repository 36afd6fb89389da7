/** Micro-dollars: millionths of a US dollar, always whole. */
export const MICRO_PER_USD = 1_000_000;

/** Money for metered device minutes at a price in US dollars per minute; unmetered minutes are never money. */
export function moneyFor(meteredMinutes: number, pricePerMinute: number): number {
  return Math.round(meteredMinutes * pricePerMinute * MICRO_PER_USD);
}

/** `$12.34` from micro-dollars, rounded to the nearest cent. */
export function formatUsd(microUsd: number): string {
  return dollars(microUsd, CENTS);
}

/** Minutes for a sentence: whole from 10 on, one decimal below. */
export function formatMinutes(minutes: number): string {
  return `${minutes >= 10 ? Math.round(minutes) : Math.round(minutes * 10) / 10} min`;
}

/** Two amounts of micro-dollars for one sentence: with more digits where cents would hide that they differ. */
export function formatUsdApart(a: number, b: number): readonly [string, string] {
  return apart(a, b, [formatUsd, ...[3, 4, 5, 6].map((digits) => (one: number) => dollars(one, digits))]);
}

/** Two durations for one sentence: with more digits where rounding would hide that they differ. */
export function formatMinutesApart(a: number, b: number): readonly [string, string] {
  return apart(a, b, [
    formatMinutes,
    ...[1, 2, 3, 4, 5, 6].map((digits) => (one: number) => `${Number(one.toFixed(digits))} min`),
    (one) => `${one} min`,
  ]);
}

const CENTS = 2;

function dollars(microUsd: number, digits: number): string {
  return `$${(microUsd / MICRO_PER_USD).toFixed(digits)}`;
}

/** Both in the first of these formats that tells them apart; equal ones in the first. */
function apart(
  a: number,
  b: number,
  formats: readonly ((one: number) => string)[],
): readonly [string, string] {
  const texts = formats.map((format) => [format(a), format(b)] as const);
  const [first = [String(a), String(b)] as const] = texts;
  return a === b ? first : (texts.find(([one, other]) => one !== other) ?? first);
}
