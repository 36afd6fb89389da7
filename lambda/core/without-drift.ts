/**
 * A figure without the drift of binary fractions, as in 0.1 + 0.2: what stands at a limit must not count as above it.
 * Keeps millionths; Device Farm counts hundredths of a minute.
 */
export function withoutDrift(figure: number): number {
  return Math.round(figure * 1_000_000) / 1_000_000;
}
