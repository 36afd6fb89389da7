import type { AuditEvent, StoredAuditRecord } from '../core/audit-record.ts';
import type { Cause } from '../core/cause.ts';
import { elapsedSince } from '../core/live-state.ts';
import type { Outcome } from '../core/outcome.ts';
import type { ServiceError } from '../core/service-error.ts';
import { type Subject, stopRecord } from '../core/stop-record.ts';
import type { AuditTrail, DeviceFarm, OpenStops, Stopper, StopReply } from '../ports.ts';
import { readLive } from './read-live.ts';

export interface StopPorts {
  readonly farm: Pick<DeviceFarm, 'job' | 'session'>;
  readonly stopper: Stopper;
  readonly audit: AuditTrail;
  readonly openStops: OpenStops;
}

export interface StopTarget {
  readonly kind: 'job' | 'session';
  readonly arn: string;
  /** What the caller knows of the work, for the audit trail; taken from the re-read when absent. */
  readonly subject?: Subject;
}

export interface StopSettings {
  /** Minutes after an accepted stop before the next attempt. */
  readonly confirmWithinMinutes: number;
  readonly pricePerMeteredMinute: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Events after which an order that is given once needs nothing more. */
const CLOSING: readonly AuditEvent[] = ['StopAccepted', 'StopSkipped', 'StopConfirmed'];

/** One attempt to stop one item, on its way from the re-read to the outcome. */
interface Attempt {
  readonly ports: StopPorts;
  readonly target: StopTarget;
  readonly cause: Cause;
  readonly settings: StopSettings;
  readonly number: number;
  readonly history: readonly StoredAuditRecord[];
  readonly subject: Subject;
}

/**
 * Stops one job or session: re-read, intent, effect, outcome. The only place that stops anything.
 * @throws AwsCallError when a table does not answer. Before the call nothing was stopped; after it the stop may have
 * happened, and confirming writes the record that is missing.
 */
export async function stop(
  ports: StopPorts,
  target: StopTarget,
  cause: Cause,
  settings: StopSettings,
): Promise<Outcome> {
  const live = await readLive(ports.farm, target, settings);
  const history = await ports.audit.of(target.arn);
  const accepted = history.filter(({ event }) => event === 'StopAccepted');
  const number = accepted.length + 1;
  const subject = target.subject ?? live.subject ?? { subject: target.arn };
  const attempt: Attempt = { ports, target, cause, settings, number, history, subject };
  if (live.state === 'unreadable') return fail(attempt, 'could not be read before the stop', live.error);
  if (
    cause.once &&
    history.some((record) => record.actor === cause.actor && CLOSING.includes(record.event))
  ) {
    return { kind: 'alreadyStopping', arn: target.arn, reason: 'this very order was carried out before' };
  }
  if (live.state === 'ended') return conclude(attempt, 'StopSkipped', 'alreadyFinished', live.reason);
  if (live.state === 'unknown') return conclude(attempt, 'StopSkipped', 'skipped', live.reason);
  const waited = elapsedSince(accepted.at(-1)?.at, settings.now);
  if (waited !== undefined && waited < settings.confirmWithinMinutes) {
    return {
      kind: 'alreadyStopping',
      arn: target.arn,
      reason: `its stop was accepted ${Math.round(waited)} min ago; the next attempt opens after ${settings.confirmWithinMinutes} min`,
    };
  }
  if (live.state === 'stopping' && number === 1) return alreadyStopping(attempt);
  if (cause.only === 'queued' && live.state !== 'queued') {
    return conclude(
      attempt,
      'StopSkipped',
      'skipped',
      `has started meanwhile (${live.status}); only queued work was to be stopped`,
    );
  }
  return request(attempt);
}

/** Intent, effect, outcome. An intent that cannot be written throws, and then nothing is stopped. */
async function request(attempt: Attempt): Promise<Outcome> {
  const { ports, target, cause, number, settings } = attempt;
  await ports.openStops.open({
    arn: target.arn,
    kind: target.kind,
    attempt: number,
    requestedAt: settings.now,
    actor: cause.actor,
  });
  await record(attempt, 'StopRequested', cause.reason);
  const reply = await ports.stopper.request({ kind: target.kind, arn: target.arn }, number);
  return outcomeOf(attempt, reply);
}

async function outcomeOf(attempt: Attempt, reply: StopReply): Promise<Outcome> {
  const { arn } = attempt.target;
  switch (reply.kind) {
    case 'accepted':
      return accept(attempt, `${attempt.cause.reason}; Device Farm replied ${reply.status}`);
    case 'inProgress':
      return { kind: 'inProgress', arn, reason: 'another invocation is stopping it at this moment' };
    case 'refused':
      return afterRefusal(attempt, reply.error);
    case 'unrecorded':
      return afterDoubt(attempt, reply.error);
  }
}

/** Refused: finished or stopping by now is as good as stopped; anything else is a failure. */
async function afterRefusal(attempt: Attempt, error: ServiceError): Promise<Outcome> {
  if (error.kind !== 'argument' && error.kind !== 'notFound')
    return fail(attempt, 'the stop was refused', error);
  const live = await readLive(attempt.ports.farm, attempt.target, attempt.settings);
  if (live.state === 'ended') return conclude(attempt, 'StopSkipped', 'alreadyFinished', live.reason);
  if (live.state === 'stopping')
    return conclude(attempt, 'StopSkipped', 'alreadyStopping', 'is stopping already');
  return fail(attempt, 'the stop was refused', error);
}

/** The idempotency record failed, so nothing is known of the call: the service says what happened. */
async function afterDoubt(attempt: Attempt, error: ServiceError): Promise<Outcome> {
  const live = await readLive(attempt.ports.farm, attempt.target, attempt.settings);
  if (live.state === 'stopping' || (live.state === 'ended' && live.result === 'STOPPED')) {
    return accept(
      attempt,
      `${attempt.cause.reason}; read from Device Farm after the call's own record failed`,
    );
  }
  if (live.state === 'ended') return conclude(attempt, 'StopSkipped', 'alreadyFinished', live.reason);
  return fail(attempt, 'the idempotency record could not be kept', error);
}

/** Somebody asked before us, or an earlier call of ours lost its own outcome. */
async function alreadyStopping(attempt: Attempt): Promise<Outcome> {
  const ours = attempt.history.some(({ event }) => event === 'StopRequested');
  if (ours) {
    await record(
      attempt,
      'StopAccepted',
      'Device Farm shows STOPPING; the outcome of the call itself was lost',
    );
    return {
      kind: 'alreadyStopping',
      arn: attempt.target.arn,
      reason: 'is stopping since an earlier request',
    };
  }
  return conclude(
    attempt,
    'StopSkipped',
    'alreadyStopping',
    'is stopping already; somebody else asked for it',
  );
}

/** Who writes the outcome first made the call; whoever finds it written was second. */
async function accept(attempt: Attempt, reason: string): Promise<Outcome> {
  const { arn } = attempt.target;
  const written = await record(attempt, 'StopAccepted', reason);
  return written === 'written'
    ? { kind: 'stopped', arn, reason: attempt.cause.reason }
    : { kind: 'alreadyStopping', arn, reason: 'another invocation stopped it' };
}

async function conclude(
  attempt: Attempt,
  event: 'StopSkipped',
  kind: 'alreadyFinished' | 'alreadyStopping' | 'skipped',
  reason: string,
): Promise<Outcome> {
  await record(attempt, event, `${reason}; wanted: ${attempt.cause.reason}`);
  return { kind, arn: attempt.target.arn, reason };
}

async function fail(attempt: Attempt, what: string, error: ServiceError): Promise<Outcome> {
  const text = `${what}: ${error.name}: ${error.message}`;
  await record(attempt, 'StopFailed', `${text}; wanted: ${attempt.cause.reason}`);
  return {
    kind: 'failed',
    arn: attempt.target.arn,
    error: text,
    accessDenied: error.kind === 'accessDenied',
  };
}

function record(
  { ports, number, subject, cause }: Attempt,
  event: Extract<AuditEvent, `Stop${string}`>,
  reason: string,
): Promise<'written' | 'existed'> {
  return ports.audit.add(stopRecord(event, number, subject, cause, reason));
}
