import type { AuditEvent, AuditRecord } from '../audit-record.ts';
import type { IncomingMessage, SteerAction, SteerCommand } from '../messages/command.ts';
import { STEERING_SUBJECT, type SteeringDetails } from './steering.ts';

const EVENTS: Readonly<Record<SteerAction, AuditEvent>> = {
  pause: 'GuardPaused',
  resume: 'GuardResumed',
  exempt: 'ExemptionGranted',
  unexempt: 'ExemptionRevoked',
};

/** The record that a steering message is kept as: one for each message, however often it comes. */
export function steeringRecord(
  command: SteerCommand,
  { id, timestamp }: Pick<IncomingMessage, 'id' | 'timestamp'>,
  settings: Pick<AuditRecord, 'mode' | 'policyVersion'>,
): AuditRecord {
  const { action, ...rest } = command;
  const details: SteeringDetails = { ...rest, sentAt: new Date(timestamp).toISOString() };
  return {
    ...settings,
    subject: STEERING_SUBJECT,
    id: `${EVENTS[action]}#${id}`,
    event: EVENTS[action],
    actor: `sns:${id}`,
    reason: steeringText(command),
    details: { ...details },
  };
}

/** What holds from now on, for the audit trail and for the person who asked. */
export function steeringText(command: SteerCommand): string {
  return `${effectOf(command)} (${command.words})`;
}

function effectOf(command: SteerCommand): string {
  switch (command.action) {
    case 'pause':
      return `rules and messages of AWS stop nothing until ${command.until}, or until somebody resumes; orders of people act`;
    case 'resume':
      return 'rules and messages of AWS stop work again; every pause that was asked for before is over';
    case 'exempt':
      return `${command.target} is exempt until ${command.until}`;
    case 'unexempt':
      return `exemptions of ${command.target} by message that were asked for before are revoked; those of the policy and of tags stay`;
  }
}
