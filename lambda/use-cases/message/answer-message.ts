import type { AuditRecord } from '../../core/audit-record.ts';
import type { IncomingMessage } from '../../core/messages/command.ts';
import type { AuditTrail, Commands, Notifier } from '../../ports.ts';
import type { MessageResult } from './message-result.ts';
import type { MessageSettings } from './message-settings.ts';

export interface AnswerPorts {
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly commands: Pick<Commands, 'find' | 'finish'>;
  readonly notifier: Notifier;
}

/**
 * Tells what became of a command, and then that it needs nothing more. When it dies in between, the message that comes
 * again is answered again: twice is better than never.
 */
export async function finish(
  ports: Omit<AnswerPorts, 'audit'>,
  { id }: IncomingMessage,
  subject: string,
  text: string,
): Promise<void> {
  await ports.notifier.publish(subject, `${text}\n\nMessage ${id}`);
  await ports.commands.finish(id);
}

/** Answers a message that is no order, or none that can be carried out; one that comes again, only if it was not answered. */
export async function reject(
  ports: AnswerPorts,
  message: IncomingMessage,
  settings: MessageSettings,
  reason: string,
): Promise<MessageResult> {
  if ((await ports.commands.find(message.id))?.done) return { status: 'rejected', reason };
  const text = `the message stopped nothing: ${reason}`;
  await ports.audit.add(commandRecord('CommandRejected', message, settings, text));
  await finish(ports, message, 'Device Farm manual stop: message rejected', text);
  return { status: 'rejected', reason };
}

/** The record of a message: one for each event, however often the message comes. */
export function commandRecord(
  event: 'CommandReceived' | 'CommandRejected',
  { id }: IncomingMessage,
  { policy, policyVersion }: MessageSettings,
  reason: string,
  details?: Readonly<Record<string, unknown>>,
): AuditRecord {
  const record = {
    subject: 'guard',
    id: `${event}#${id}`,
    event,
    actor: `sns:${id}`,
    reason,
    mode: policy.mode,
    policyVersion,
  };
  return details ? { ...record, details } : record;
}
