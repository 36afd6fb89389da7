import type { AuditRecord, StoredAuditRecord } from '../../core/audit-record.ts';
import type { ServiceError } from '../../core/service-error.ts';
import { NOTHING_AVOIDED } from '../../core/stops/avoided.ts';
import type { Cause } from '../../core/stops/cause.ts';
import { followUpDetails } from '../../core/stops/follow-up.ts';
import type { LiveState } from '../../core/stops/live-state.ts';
import type { Outcome } from '../../core/stops/outcome.ts';
import { type StopEvent, type Subject, stopRecord } from '../../core/stops/stop-record.ts';
import type { OpenStop } from '../../ports.ts';
import type { StopPorts, StopSettings, StopTarget } from './stop-order.ts';

/** One attempt to stop one item, on its way from the re-read to the outcome. */
export interface Attempt {
  readonly ports: StopPorts;
  readonly target: StopTarget;
  readonly cause: Cause;
  readonly settings: StopSettings;
  readonly number: number;
  readonly history: readonly StoredAuditRecord[];
  readonly subject: Subject;
}

/** Writes the intent. One that cannot be written throws, and then nothing is stopped. */
export async function intend(attempt: Attempt): Promise<void> {
  const { ports, cause } = attempt;
  await ports.openStops.open(openStopOf(attempt));
  await record(attempt, 'StopRequested', cause.reason);
}

/** Who writes the outcome first made the call; whoever finds it written was second. */
export async function accept(attempt: Attempt, reason: string): Promise<Outcome> {
  const { arn } = attempt.target;
  const written = await record(attempt, 'StopAccepted', reason);
  return written === 'written'
    ? { kind: 'stopped', arn, reason: attempt.cause.reason }
    : { kind: 'alreadyStopping', arn, reason: 'another invocation stopped it' };
}

/** Records that nothing needs to be stopped, and why. */
export async function conclude(
  attempt: Attempt,
  event: 'StopSkipped',
  kind: 'alreadyStopping' | 'skipped',
  reason: string,
): Promise<Outcome> {
  await record(attempt, event, `${reason}; wanted: ${attempt.cause.reason}`);
  return { kind, arn: attempt.target.arn, reason };
}

/**
 * Records that the work ended before this attempt.
 * @param asked a stop was requested before: then it avoided nothing, unless the work ended as stopped
 */
export async function alreadyFinished(
  attempt: Attempt,
  { reason, result }: Extract<LiveState, { state: 'ended' }>,
  asked: boolean,
): Promise<Outcome> {
  await record(attempt, 'StopSkipped', `${reason}; wanted: ${attempt.cause.reason}`, {
    ...(asked && result !== 'STOPPED' ? NOTHING_AVOIDED : {}),
  });
  return { kind: 'alreadyFinished', arn: attempt.target.arn, reason };
}

/** The note by which this attempt is followed to its end. */
export function openStopOf({ target, cause, number, settings }: Attempt): OpenStop {
  return {
    arn: target.arn,
    kind: target.kind,
    attempt: number,
    requestedAt: settings.now,
    actor: cause.actor,
    billing: target.billing,
    ...(target.timeoutMinutes === undefined ? {} : { timeoutMinutes: target.timeoutMinutes }),
    ...(cause.only === 'queued' ? { only: cause.only } : {}),
  };
}

/** Records that the work was to be stopped and was not. */
export async function fail(attempt: Attempt, what: string, error: ServiceError): Promise<Outcome> {
  const text = `${what}: ${error.name}: ${error.message}`;
  await record(attempt, 'StopFailed', `${text}; wanted: ${attempt.cause.reason}`);
  return {
    kind: 'failed',
    arn: attempt.target.arn,
    error: text,
    accessDenied: error.kind === 'accessDenied',
  };
}

/** Adds one record of this attempt to the audit trail. */
export function record(
  { ports, number, subject, cause, target }: Attempt,
  event: StopEvent,
  reason: string,
  more: Pick<AuditRecord, 'avoided' | 'avoidedMoney'> = {},
): Promise<'written' | 'existed'> {
  const details = event === 'StopRequested' ? { details: followUpDetails(target, cause.only) } : {};
  return ports.audit.add({ ...stopRecord(event, number, subject, cause, reason), ...details, ...more });
}
