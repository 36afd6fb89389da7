import pMap from 'p-map';
import type { StopReply } from '../device-farm/stop-calls.ts';
import { AwsCallError, type ServiceError } from '../errors.ts';
import type { Stop, StopResult } from '../model.ts';
import { assertNever } from '../text.ts';
import type { Invocation, Services } from '../wiring.ts';
import { type Attempt, record, wanted } from './attempt.ts';
import { readLive } from './live.ts';
import { FOLLOWED, followedId, stopRecord } from './records.ts';

/** Stops under way at once for each API. Stop calls refill at one per second, so more would only wait. */
export const AT_ONCE = 4;

/** Intents, one call for the first attempt, outcomes. The call of a run is the call of all its jobs. */
export async function make(
  services: Services,
  attempts: readonly Attempt[],
  invocation: Invocation,
): Promise<readonly StopResult[]> {
  const [first] = attempts;
  if (!first) return [];
  const intended = await pMap(attempts, (attempt) => intend(services, attempt, invocation), {
    concurrency: AT_ONCE,
  });
  const refused = intended.flatMap((one) => (one ? [one] : []));
  // Without every intent nothing is stopped: a job without one must not be, so the run must not.
  if (refused.length > 0) {
    const others = attempts.filter(({ stop }) => !refused.some((one) => one.stop === stop));
    const closed = await pMap(
      others,
      (attempt) => isolated(attempt.stop, () => notMade(services, attempt, invocation)),
      { concurrency: AT_ONCE },
    );
    return [...refused, ...closed];
  }
  const reply = await services.stops.stop(first.stop.target, first.number);
  return pMap(
    attempts,
    (attempt) => isolated(attempt.stop, () => conclude(services, attempt, reply, invocation)),
    { concurrency: AT_ONCE },
  );
}

/** Closes an intent whose call is not made: an open one would hold others off. */
async function notMade(services: Services, attempt: Attempt, invocation: Invocation): Promise<StopResult> {
  const { stop } = attempt;
  const reason = 'another intent of the same call could not be written';
  const details = { refused: true };
  await record(services, attempt, { event: 'StopFailed', reason: wanted(reason, stop), details }, invocation);
  await services.state.remove(FOLLOWED, followedId(stop, attempt.number));
  return { kind: 'failed', stop, reason, retry: true };
}

/** Writes the intent; a result when it could not, or when somebody else wrote it. */
async function intend(
  services: Services,
  { stop, number }: Attempt,
  invocation: Invocation,
): Promise<StopResult | undefined> {
  try {
    await services.state.put(FOLLOWED, followedId(stop, number), {
      stop,
      attempt: number,
      at: invocation.now,
    });
    const written = await services.audit.add(
      stopRecord('StopRequested', number, stop, { invocation, reason: stop.reason }),
    );
    if (written === 'written') return undefined;
    const reason = 'another invocation is stopping it at this moment';
    return { kind: 'alreadyStopping', stop, reason, retry: true };
  } catch (error) {
    return failedBy(stop, error);
  }
}

/** What a reply means, recorded. Where the reply leaves doubt, the service says what happened. */
async function conclude(
  services: Services,
  attempt: Attempt,
  reply: StopReply,
  invocation: Invocation,
): Promise<StopResult> {
  const { stop } = attempt;
  switch (reply.kind) {
    case 'accepted':
      return accept(services, attempt, invocation, `${stop.reason}; Device Farm replied ${reply.status}`);
    case 'inProgress': {
      const reason = 'another invocation is stopping it at this moment';
      return { kind: 'alreadyStopping', stop, reason, retry: true };
    }
    case 'unrecorded':
      return afterDoubt(
        services,
        attempt,
        { what: 'the idempotency record could not be kept', error: reply.error },
        invocation,
      );
    case 'refused':
      return afterRefusal(services, attempt, reply.error, invocation);
    default:
      return assertNever(reply);
  }
}

/** Refused for what it was asked of: ended or stopping by now is as good as stopped; anything else is a failure. */
async function afterRefusal(
  services: Services,
  attempt: Attempt,
  error: ServiceError,
  invocation: Invocation,
): Promise<StopResult> {
  const { stop } = attempt;
  if (error.kind === 'unavailable')
    return afterDoubt(services, attempt, { what: 'the reply to the stop was lost', error }, invocation);
  if (error.kind === 'argument' || error.kind === 'notFound') {
    const live = await readLive(services, stop.target, invocation);
    if (live.state === 'ended') return { kind: 'ended', stop, reason: live.reason, retry: false };
    if (live.state === 'stopping')
      return accept(services, attempt, invocation, `${stop.reason}; it is stopping already (${error.name})`);
  }
  return fail(services, attempt, { what: 'the stop was refused', error }, invocation);
}

/** Nothing is known of the call: a timeout, a broken connection, an HTTP 5xx, or a record that failed. */
async function afterDoubt(
  services: Services,
  attempt: Attempt,
  doubt: { readonly what: string; readonly error: ServiceError },
  invocation: Invocation,
): Promise<StopResult> {
  const { stop } = attempt;
  const live = await readLive(services, stop.target, invocation);
  if (live.state === 'stopping' || (live.state === 'ended' && live.result === 'STOPPED')) {
    const reason = `${stop.reason}; read from Device Farm, as ${doubt.what} (${doubt.error.name})`;
    return accept(services, attempt, invocation, reason);
  }
  if (live.state === 'ended') return { kind: 'ended', stop, reason: live.reason, retry: false };
  return fail(services, attempt, doubt, invocation);
}

/**
 * Who writes the outcome first made the call. A stop whose outcome cannot be written is told all the same: whoever follows it writes
 * it later, and tells nobody.
 */
async function accept(
  services: Services,
  attempt: Attempt,
  invocation: Invocation,
  reason: string,
): Promise<StopResult> {
  const { stop } = attempt;
  const written = await invocation.diagnostics.during(
    `${stop.target.arn}: that it was stopped could not be recorded`,
    record(services, attempt, { event: 'StopAccepted', reason }, invocation),
    'written',
  );
  return written === 'written'
    ? { kind: 'stopped', stop, reason: stop.reason, retry: false }
    : { kind: 'alreadyStopping', stop, reason: 'another invocation stopped it', retry: false };
}

/** Records that the work was to be stopped and was not. */
async function fail(
  services: Services,
  attempt: Attempt,
  { what, error }: { readonly what: string; readonly error: ServiceError },
  invocation: Invocation,
): Promise<StopResult> {
  const { stop } = attempt;
  const reason = `${what}: ${error.name}: ${error.message}`;
  const details = { refused: error.kind !== 'unavailable' };
  await record(services, attempt, { event: 'StopFailed', reason: wanted(reason, stop), details }, invocation);
  return { kind: 'failed', stop, reason, retry: true, error: error.kind };
}

/** One item's failure, whatever it is, is that item's result. */
export async function isolated<T>(stop: Stop, work: () => Promise<T>): Promise<T | StopResult> {
  try {
    return await work();
  } catch (error) {
    return failedBy(stop, error);
  }
}

function failedBy(stop: Stop, error: unknown): StopResult {
  const kind = error instanceof AwsCallError ? error.error.kind : undefined;
  return { kind: 'failed', stop, reason: String(error), retry: true, error: kind };
}
