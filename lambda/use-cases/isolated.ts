import { AwsCallError } from '../core/errors.ts';
import type { Outcome } from '../core/stops/outcome.ts';

/** Milliseconds before the end of the invocation in which no stop is begun: one takes a read, a call and three writes. */
export const LAST_CALL = 15_000;

/** One item's failure, whatever it is, is that item's outcome: it is counted, told and tried again. */
export async function isolated(arn: string, stopOne: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await stopOne();
  } catch (error) {
    return failedBy(arn, error);
  }
}

/** What was thrown, as the outcome of the item that it struck. */
export function failedBy(arn: string, error: unknown): Extract<Outcome, { kind: 'failed' }> {
  const accessDenied = error instanceof AwsCallError && error.error.kind === 'accessDenied';
  return { kind: 'failed', arn, error: String(error), accessDenied };
}
