import { expect } from 'vitest';
import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { StoredAuditRecord } from '../../lambda/model.ts';
import { isRecord } from '../../lambda/text.ts';

const STOPS = ['StopJob', 'StopRemoteAccessSession', 'StopRun'];
const OUTCOMES = ['StopAccepted', 'StopFailed', 'StopSkipped', 'StopConfirmed'];

/** The ARNs of the work of all stop requests that the emulator took (throttled ones it did not), in the order of arrival. */
export function stopRequests(emulator: DeviceFarmEmulator): readonly string[] {
  return emulator.requests
    .filter(({ operation, errorName }) => STOPS.includes(operation) && errorName !== 'ThrottlingException')
    .flatMap(({ operation, input }) => stoppedBy(emulator, operation, String(input.arn)));
}

/** How many stop requests had an effect, by ARN. */
export function effectiveStops(emulator: DeviceFarmEmulator): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { operation, input, changed } of emulator.requests) {
    if (!STOPS.includes(operation) || !changed) continue;
    for (const arn of stoppedBy(emulator, operation, String(input.arn)))
      counts.set(arn, (counts.get(arn) ?? 0) + 1);
  }
  return counts;
}

/** Each of these once. */
export const once = (arns: Iterable<string>): ReadonlyMap<string, number> =>
  new Map([...arns].map((arn) => [arn, 1]));

/** For every stop that the service received there is an intent with a reason that is no later, and an outcome that is no earlier. */
export function expectEveryStopExplained(
  emulator: DeviceFarmEmulator,
  trail: readonly StoredAuditRecord[],
): void {
  for (const { operation, input, at } of emulator.requests) {
    if (!STOPS.includes(operation)) continue;
    const own = trail.filter(({ subject }) => subject === input.arn);
    const intents = own.filter(({ event }) => event === 'StopRequested');
    const intent = intents.find((record) => Date.parse(record.at) <= at);
    const outcome = own.find((record) => OUTCOMES.includes(record.event) && Date.parse(record.at) >= at);
    expect(intent, `an intent for ${input.arn} before it was asked for`).toBeDefined();
    expect(intent?.reason.length, `a reason for ${input.arn}`).toBeGreaterThan(10);
    expect(outcome, `an outcome for ${input.arn} after it was asked for`).toBeDefined();
  }
}

/** A stop of a run is one of each of its jobs that did not finish by itself. */
function stoppedBy(emulator: DeviceFarmEmulator, operation: string, arn: string): readonly string[] {
  if (operation !== 'StopRun') return [arn];
  const jobs = Array.from(
    { length: Number(member(emulator, arn, 'totalJobs')) },
    (_, index) => `${arn.replace(':run:', ':job:')}/${String(index).padStart(5, '0')}`,
  );
  return jobs.filter((job) => ['PENDING', 'STOPPED'].includes(String(member(emulator, job, 'result'))));
}

function member(emulator: DeviceFarmEmulator, arn: string, name: string): unknown {
  const item = emulator.show(arn);
  return isRecord(item) ? item[name] : undefined;
}
