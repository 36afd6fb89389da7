import {
  STEERING_PREFIXES,
  STEERING_SUBJECT,
  type Steering,
  steeringAt,
} from '../../core/steering/steering.ts';
import type { AuditTrail } from '../../ports.ts';

/**
 * How people steer the guard at `now` (epoch milliseconds), from the audit trail by consistent reads.
 * @throws AwsCallError when the table does not answer: then nothing may be stopped that they could protect
 */
export async function readSteering(audit: Pick<AuditTrail, 'of'>, now: number): Promise<Steering> {
  const records = await Promise.all(STEERING_PREFIXES.map((prefix) => audit.of(STEERING_SUBJECT, prefix)));
  return steeringAt(records.flat(), now);
}
