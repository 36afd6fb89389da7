import type { IncomingMessage } from '../../core/messages/command.ts';
import { STEERING_PREFIXES, STEERING_SUBJECT } from '../../core/steering/steering.ts';
import type { AuditTrail } from '../../ports.ts';

/**
 * Whether an earlier delivery of a message was taken for an order: the audit trail has its record.
 * @throws AwsCallError when the table does not answer
 */
export async function wasReceived(
  audit: Pick<AuditTrail, 'of'>,
  { id }: Pick<IncomingMessage, 'id'>,
): Promise<boolean> {
  const prefixes = [`CommandReceived#${id}`, ...STEERING_PREFIXES];
  const records = await Promise.all(prefixes.map((prefix) => audit.of(STEERING_SUBJECT, prefix)));
  return records.flat().some((record) => record.id.split('#').at(-1) === id);
}
