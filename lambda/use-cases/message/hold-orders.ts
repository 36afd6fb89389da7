import pMap from 'p-map';
import type { Cause } from '../../core/stops/cause.ts';
import { stopHeldRecord } from '../../core/stops/stop-record.ts';
import type { AuditTrail, HeldOrders } from '../../ports.ts';
import type { StopTarget } from '../stop/stop-order.ts';

export interface HoldOrderPorts {
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly heldOrders: Pick<HeldOrders, 'keep'>;
}

/**
 * Keeps what a message ordered and the cap or a pause holds back, for the first sweep that may make it, and records that it is
 * held. Kept first: a crash in between repeats the message.
 */
export async function holdOrders(
  { audit, heldOrders }: HoldOrderPorts,
  targets: readonly StopTarget[],
  cause: Cause & { readonly rule: string },
  kind: 'cap' | 'paused',
  why: string,
): Promise<void> {
  const { rule, reason, only } = cause;
  await pMap(
    targets,
    async ({ arn, subject }) => {
      await heldOrders.keep({ arn, rule, reason, only });
      await audit.add(stopHeldRecord({ ...subject, subject: arn }, cause, kind, why));
    },
    { concurrency: 8 },
  );
}
