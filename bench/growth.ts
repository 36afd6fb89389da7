import { PolicyError } from '../lambda/policy/faults.ts';
import { policyFromText } from '../lambda/policy/load.ts';
import { printTable } from './print-table.ts';

const SIZES = [2_000, 20_000] as const;
const RUNS = 5;

/** How the time to refuse a policy grows with its faults: ten times as many take ten times as long, not a hundred times. */
export async function benchGrowth(): Promise<void> {
  const [small, large] = SIZES.map((count) =>
    median(Array.from({ length: RUNS }, () => refuse(textWith(count)))),
  );
  if (small === undefined || large === undefined) return;
  printTable(`Refusing a policy with unknown keys, median of ${RUNS}`, [
    ['keys', 'milliseconds', 'ratio'],
    [String(SIZES[0]), small.toFixed(1), '1.00'],
    [String(SIZES[1]), large.toFixed(1), (large / small).toFixed(2)],
  ]);
  console.log('  baseline: a tenth of the keys. Linear time is a ratio of 10, quadratic time one of 100.');
}

function textWith(count: number): string {
  const keys = Array.from({ length: count }, (_, index) => `key${index}: 1\n`).join('');
  return `version: 1\nrules: [{ id: a, type: queue-age, maxMinutes: 5 }]\n${keys}`;
}

function refuse(text: string): number {
  const begin = performance.now();
  try {
    policyFromText(text, 'bench');
  } catch (error) {
    if (error instanceof PolicyError) return performance.now() - begin;
    throw error;
  }
  throw new Error('the policy was not refused');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
