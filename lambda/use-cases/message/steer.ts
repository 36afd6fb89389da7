import type { IncomingMessage, SteerCommand } from '../../core/messages/command.ts';
import { steeringRecord, steeringText } from '../../core/steering/steering-record.ts';
import { type AnswerPorts, finish } from './answer-message.ts';
import type { MessageResult } from './message-result.ts';
import type { MessageSettings } from './message-settings.ts';

/**
 * Pauses, resumes, exempts or ends an exemption: the audit record itself is what the guard goes by.
 * A message that comes again does nothing more.
 * @throws AwsCallError when a table or the topic does not answer: Lambda then calls again
 */
export async function steer(
  ports: AnswerPorts,
  message: IncomingMessage,
  command: SteerCommand,
  settings: MessageSettings,
): Promise<MessageResult> {
  if ((await ports.commands.find(message.id))?.done) return { status: 'doneBefore' };
  const { policy, policyVersion } = settings;
  await ports.audit.add(steeringRecord(command, message, { mode: policy.mode, policyVersion }));
  const reason = steeringText(command);
  await finish(ports, message, `Device Farm auto-stop: ${command.action}`, reason);
  return { status: 'steered', reason };
}
