import { expect } from 'vitest';
import type { StoredAuditRecord } from '../../lambda/core/audit-record.ts';
import type { DeviceFarmEmulator } from '../../local/device-farm/emulator.ts';

const STOPS = ['StopJob', 'StopRemoteAccessSession', 'StopRun'];
const OUTCOMES = ['StopAccepted', 'StopFailed', 'StopSkipped', 'StopConfirmed'];

/** The ARNs of all stop requests that the emulator took (throttled ones it did not), in the order of arrival. */
export function stopRequests({ requests }: DeviceFarmEmulator): readonly string[] {
  return requests
    .filter(({ operation, errorName }) => STOPS.includes(operation) && errorName !== 'ThrottlingException')
    .map(({ input }) => String(input.arn));
}

/** How many stop requests had an effect, by ARN. */
export function effectiveStops({ requests }: DeviceFarmEmulator): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { operation, input, changed } of requests) {
    if (!STOPS.includes(operation) || !changed) continue;
    counts.set(String(input.arn), (counts.get(String(input.arn)) ?? 0) + 1);
  }
  return counts;
}

/** For every stop that the service received there is an earlier intent with a reason, and an outcome after it. */
export function expectEveryStopExplained(
  emulator: DeviceFarmEmulator,
  trail: readonly StoredAuditRecord[],
): void {
  for (const { operation, input, at } of emulator.requests) {
    if (!STOPS.includes(operation)) continue;
    const own = trail.filter(({ subject }) => subject === input.arn);
    const intent = own.find(({ event }) => event === 'StopRequested');
    const outcome = own.find(({ event }) => OUTCOMES.includes(event));
    expect(intent, `an intent for ${input.arn}`).toBeDefined();
    expect(intent?.reason.length, `a reason for ${input.arn}`).toBeGreaterThan(10);
    expect(Date.parse(intent?.at ?? ''), `the intent for ${input.arn} is earlier`).toBeLessThanOrEqual(at);
    expect(outcome, `an outcome for ${input.arn}`).toBeDefined();
    expect(Date.parse(outcome?.at ?? ''), `the outcome for ${input.arn} is later`).toBeGreaterThanOrEqual(at);
  }
}
