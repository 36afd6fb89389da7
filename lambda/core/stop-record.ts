import type { AuditEvent, AuditRecord } from './audit-record.ts';
import type { Cause } from './cause.ts';
import { moneyFor } from './spend/money.ts';
import type { WorkItem } from './work-item.ts';

/** What the audit trail keeps of the work that a record is about. */
export type Subject = Pick<
  AuditRecord,
  'subject' | 'project' | 'run' | 'device' | 'minutes' | 'money' | 'billed'
>;

type StopEvent = Extract<AuditEvent, `Stop${string}`>;

const STEPS: Readonly<Record<StopEvent, number>> = {
  StopRequested: 1,
  StopSkipped: 2,
  StopFailed: 2,
  StopAccepted: 2,
  StopConfirmed: 3,
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
