import { assertNever } from '../../core/assert-never.ts';
import type { ServiceError } from '../../core/service-error.ts';
import type { LiveState } from '../../core/stops/live-state.ts';
import type { Outcome } from '../../core/stops/outcome.ts';
import type { StopReply } from '../../ports.ts';
import { readLive } from './read-live.ts';
import { type Attempt, accept, alreadyFinished, conclude, fail } from './stop-attempt.ts';

/** What a reply to the stop means, recorded. Where the reply leaves doubt, the service says what happened. */
export async function outcomeOf(attempt: Attempt, reply: StopReply): Promise<Outcome> {
  switch (reply.kind) {
    case 'accepted':
      return accept(attempt, `${attempt.cause.reason}; Device Farm replied ${reply.status}`);
    case 'inProgress':
      return {
        kind: 'inProgress',
        arn: attempt.target.arn,
        reason: 'another invocation is stopping it at this moment',
      };
    case 'refused':
      return afterRefusal(attempt, reply.error);
    case 'unrecorded':
      return afterDoubt(attempt, 'the idempotency record could not be kept', reply.error);
    default:
      return assertNever(reply);
  }
}

function afterRefusal(attempt: Attempt, error: ServiceError): Promise<Outcome> {
  switch (error.kind) {
    case 'argument':
    case 'notFound':
      return afterObjection(attempt, error);
    case 'unavailable':
      return afterDoubt(attempt, 'the reply to the stop was lost', error);
    default:
      return fail(attempt, 'the stop was refused', error);
  }
}

/** Refused for what it was asked of: finished or stopping by now is as good as stopped; anything else is a failure. */
async function afterObjection(attempt: Attempt, error: ServiceError): Promise<Outcome> {
  const live = await readAgain(attempt);
  if (live.state === 'ended') return alreadyFinished(attempt, live, true);
  if (live.state === 'stopping')
    return conclude(attempt, 'StopSkipped', 'alreadyStopping', 'is stopping already');
  return fail(attempt, 'the stop was refused', error);
}

/** Nothing is known of the call: a timeout, a broken connection, an HTTP 5xx, or a record that failed. */
async function afterDoubt(attempt: Attempt, what: string, error: ServiceError): Promise<Outcome> {
  const live = await readAgain(attempt);
  if (live.state === 'stopping' || (live.state === 'ended' && live.result === 'STOPPED')) {
    return accept(attempt, `${attempt.cause.reason}; read from Device Farm, as ${what} (${error.name})`);
  }
  if (live.state === 'ended') return alreadyFinished(attempt, live, true);
  return fail(attempt, what, error);
}

function readAgain({ ports, target, settings }: Attempt): Promise<LiveState> {
  return readLive(ports.farm, target, { ...settings, billing: target.billing });
}
