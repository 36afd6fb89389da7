import type { AuditEvent, StoredAuditRecord } from '../core/audit-record.ts';
import type { Cause } from '../core/cause.ts';
import { elapsedSince } from '../core/live-state.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Billing } from '../core/service.ts';
import { formatMinutesApart } from '../core/spend/money.ts';
import type { Subject } from '../core/stop-record.ts';
import type { AuditTrail, DeviceFarm, OpenStops, Stopper } from '../ports.ts';
import { outcomeOf } from './outcome-of-reply.ts';
import { readLive } from './read-live.ts';
import { type Attempt, alreadyFinished, conclude, fail, openStopOf, record } from './stop-attempt.ts';

export interface StopPorts {
  readonly farm: Pick<DeviceFarm, 'job' | 'session'>;
  readonly stopper: Stopper;
  readonly audit: AuditTrail;
  readonly openStops: OpenStops;
}

export interface StopTarget {
  readonly kind: 'job' | 'session';
  readonly arn: string;
  /** What the caller knows of the work, for the audit trail; the rest is taken from the re-read. */
  readonly subject?: Partial<Subject>;
  /** How the work is billed, if the caller knows. */
  readonly billing?: Billing;
  /** Minutes that the work may run, if the caller knows. */
  readonly timeoutMinutes?: number;
}

/** One stop: of what, and why. */
export interface StopOrder {
  readonly target: StopTarget;
  readonly cause: Cause;
}

export interface StopSettings {
  /** Minutes after an accepted stop before the next attempt. */
  readonly confirmWithinMinutes: number;
  /** Accepted stops without effect after which nobody but a person asks again. */
  readonly maxAttempts: number;
  readonly pricePerMeteredMinute: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Events after which an order that is given once needs nothing more. */
const CLOSING: readonly AuditEvent[] = ['StopAccepted', 'StopSkipped', 'StopConfirmed'];

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
  const begun = await begin(ports, target, cause, settings);
  if (begun.kind !== 'ready') return begun;
  await intend(begun.attempt);
  const { number } = begun.attempt;
  return outcomeOf(begun.attempt, await ports.stopper.request(target, number));
}

/** An attempt of which nothing is left but the intent and the effect. */
export interface Ready {
  readonly kind: 'ready';
  readonly attempt: Attempt;
}

/** Reads the item again and finds out whether there is anything to stop. */
export async function begin(
  ports: StopPorts,
  target: StopTarget,
  cause: Cause,
  settings: StopSettings,
): Promise<Outcome | Ready> {
  const live = await readLive(ports.farm, target, { ...settings, billing: target.billing });
  const history = await ports.audit.of(target.arn);
  const accepted = history.filter(({ event }) => event === 'StopAccepted');
  const number = accepted.length + 1;
  const subject: Subject = { ...live.subject, ...target.subject, subject: target.arn };
  const attempt: Attempt = { ports, target, cause, settings, number, history, subject };
  if (live.state === 'unreadable') return fail(attempt, 'could not be read before the stop', live.error);
  if (
    cause.once &&
    history.some((record) => record.actor === cause.actor && CLOSING.includes(record.event))
  ) {
    return { kind: 'alreadyStopping', arn: target.arn, reason: 'this very order was carried out before' };
  }
  if (live.state === 'ended') return alreadyFinished(attempt, live, isAsked(history));
  if (live.state === 'unknown') return conclude(attempt, 'StopSkipped', 'skipped', live.reason);
  const waited = elapsedSince(accepted.at(-1)?.at, settings.now);
  if (waited !== undefined && waited < settings.confirmWithinMinutes) {
    const [ago, after] = formatMinutesApart(waited, settings.confirmWithinMinutes);
    return {
      kind: 'alreadyStopping',
      arn: target.arn,
      reason: `its stop was accepted ${ago} ago; the next attempt opens after ${after}`,
    };
  }
  if (live.state === 'stopping' && number === 1) return alreadyStopping(attempt);
  if (number > settings.maxAttempts && !cause.once) return exhausted(attempt);
  if (cause.only === 'queued' && live.state !== 'queued') {
    return conclude(
      attempt,
      'StopSkipped',
      'skipped',
      `has started meanwhile (${live.status}); only queued work was to be stopped`,
    );
  }
  return { kind: 'ready', attempt };
}

/** Writes the intent. One that cannot be written throws, and then nothing is stopped. */
export async function intend(attempt: Attempt): Promise<void> {
  const { ports, cause } = attempt;
  await ports.openStops.open(openStopOf(attempt));
  await record(attempt, 'StopRequested', cause.reason);
}

/** Somebody asked before us, or an earlier call of ours lost its own outcome. */
async function alreadyStopping(attempt: Attempt): Promise<Outcome> {
  if (isAsked(attempt.history)) {
    await record(attempt, 'StopAccepted', 'Device Farm shows STOPPING; no reply to the request is on record');
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

/** Asked often enough. It is followed on, also when the note of that was lost: whoever follows it tells somebody. */
async function exhausted(attempt: Attempt): Promise<Outcome> {
  const made = attempt.number - 1;
  await attempt.ports.openStops.open(openStopOf({ ...attempt, number: made }));
  return {
    kind: 'alreadyStopping',
    arn: attempt.target.arn,
    reason: `its stop was accepted ${made} times without effect; safety.maxAttempts is ${attempt.settings.maxAttempts}`,
  };
}

function isAsked(history: readonly StoredAuditRecord[]): boolean {
  return history.some(({ event }) => event === 'StopRequested');
}
