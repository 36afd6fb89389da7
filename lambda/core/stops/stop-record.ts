import type { AuditEvent, AuditRecord } from '../audit-record.ts';
import { moneyFor } from '../spend/money.ts';
import type { WorkItem } from '../work-item.ts';
import type { Cause } from './cause.ts';

/** What the audit trail keeps of the work that a record is about. */
export type Subject = Pick<
  AuditRecord,
  'subject' | 'project' | 'run' | 'device' | 'minutes' | 'money' | 'billed'
>;

/** The steps of an attempt. What is held back is no attempt. */
export type StopEvent = Exclude<Extract<AuditEvent, `Stop${string}`>, 'StopHeld'>;

const STEPS: Readonly<Record<StopEvent, number>> = {
  StopRequested: 1,
  StopSkipped: 2,
  StopFailed: 2,
  StopAccepted: 2,
  StopConfirmed: 3,
  StopEscalated: 3,
};

/** The sort key of a stop's record: the same for the same attempt and event, whoever writes it. */
export function stopRecordId(attempt: number, event: StopEvent): string {
  return `${String(attempt).padStart(3, '0')}#${STEPS[event]}#${event}`;
}

export function stopRecord(
  event: StopEvent,
  attempt: number,
  subject: Subject,
  cause: Cause,
  reason: string,
): AuditRecord {
  const { actor, rule, mode, policyVersion, sweepId } = cause;
  return {
    ...subject,
    id: stopRecordId(attempt, event),
    event,
    attempt,
    actor,
    rule,
    mode,
    policyVersion,
    sweepId,
    reason,
  };
}

/** The record of a stop that a rule in observe mode would have made: once per item and rule. */
export function wouldStopRecord(subject: Subject, cause: Cause): AuditRecord {
  const { actor, rule, policyVersion, sweepId, reason } = cause;
  return {
    ...subject,
    id: `WouldStop#${rule}`,
    event: 'WouldStop',
    actor,
    rule,
    mode: 'observe',
    policyVersion,
    sweepId,
    reason,
  };
}

/** What kept an item from a stop. Each is recorded once per item and cause: one does not hide the other. */
export type HoldKind = 'paused' | 'exempt' | 'unknown' | 'cap' | 'breaker';

/** The record of a stop that was decided and held back, and of one that an exemption prevented: once per item, cause and kind. */
export function stopHeldRecord(
  subject: Subject,
  cause: Pick<Cause, 'actor' | 'rule' | 'reason' | 'mode' | 'policyVersion' | 'sweepId'>,
  kind: HoldKind,
  why: string,
): AuditRecord {
  const { actor, rule, mode, policyVersion, sweepId, reason } = cause;
  return {
    ...subject,
    id: `StopHeld#${rule ?? actor}#${kind}`,
    event: 'StopHeld',
    actor,
    rule,
    mode,
    policyVersion,
    sweepId,
    reason: `${why}; otherwise: ${reason}`,
  };
}

export function subjectOf(item: WorkItem, pricePerMeteredMinute: number): Subject {
  return {
    subject: item.arn,
    project: item.project.name,
    run: item.run?.name,
    device: item.device,
    minutes: item.minutes,
    money: moneyFor(item.minutes.metered, pricePerMeteredMinute),
    billed: item.phase === 'started' || item.phase === 'stopping',
  };
}
