import { HELD_ORDER_DAYS, type HeldOrder } from '../../core/steering/held-order.ts';
import type { HeldOrders } from '../../ports.ts';
import type { Table } from '../table.ts';

const PARTITION = 'held-order';

/**
 * Stops that messages of AWS ordered and the cap or a pause held back, in the state table.
 * @param clock epoch milliseconds, for expiry
 */
export function heldOrders(table: Table, clock: () => number): HeldOrders {
  return {
    async keep(order) {
      const expires = Math.floor(clock() / 1000) + HELD_ORDER_DAYS * 86_400;
      // Of two orders for the same work the one that goes further stays.
      const first = order.only === 'queued' ? { expression: 'attribute_not_exists(pk)' } : undefined;
      await table.put({ pk: PARTITION, sk: order.arn, order, expires }, first);
    },
    all: async () =>
      (await table.query({ key: ['pk', PARTITION] })).map(({ order }) => order).filter(isOrder),
    drop: (arn) => table.remove({ pk: PARTITION, sk: arn }),
  };
}

function isOrder(value: unknown): value is HeldOrder {
  if (typeof value !== 'object' || value === null) return false;
  const { arn, rule, reason, only }: Partial<Record<keyof HeldOrder, unknown>> = value;
  return [arn, rule, reason].every((one) => typeof one === 'string') && (only === 'queued' || only === 'any');
}
