import type { AuditRecord } from '../core/audit-record.ts';
import type { IncomingMessage } from '../core/command.ts';
import type { AuditTrail, Commands, Notifier, Tellings } from '../ports.ts';
import type { MessageResult, MessageSettings } from './stop-by-message.ts';
import { tellOnce } from './tell-once.ts';

export interface AnswerPorts {
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly commands: Pick<Commands, 'finish'>;
  readonly tellings: Tellings;
  readonly notifier: Notifier;
}

/** Tells what became of a command, and then that it needs nothing more. */
export async function finish(
  ports: AnswerPorts,
  { id }: IncomingMessage,
  subject: string,
  text: string,
): Promise<void> {
  await tellOnce(ports, `command#${id}`, subject, `${text}\n\nMessage ${id}`);
  await ports.commands.finish(id);
}

/** Answers a message that is no order, or none that can be carried out. */
export async function reject(
  ports: Omit<AnswerPorts, 'commands'>,
  message: IncomingMessage,
  settings: MessageSettings,
  reason: string,
): Promise<MessageResult> {
  const text = `message ${message.id} stopped nothing: ${reason}`;
  await ports.audit.add(commandRecord('CommandRejected', message, settings, text));
  await tellOnce(ports, `command#${message.id}`, 'Device Farm manual stop: message rejected', text);
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
