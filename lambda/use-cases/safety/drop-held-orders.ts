import { type HeldOrder, settledOrders } from '../../core/steering/held-order.ts';
import type { HeldOrders } from '../../ports.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Problems } from '../problems.ts';
import type { ActResult } from '../stop/act.ts';

/** Outcomes that leave nothing to do for whoever ordered the stop. */
const DONE: readonly ActResult['kind'][] = ['stopped', 'alreadyStopping', 'alreadyFinished', 'skipped'];

/** Forgets the orders that are carried out, or whose work has ended meanwhile. */
export async function dropHeldOrders(
  heldOrders: Pick<HeldOrders, 'drop'>,
  orders: readonly HeldOrder[],
  { items, partial }: Pick<Inventory, 'items' | 'partial'>,
  results: readonly ActResult[],
  problems: Problems,
): Promise<void> {
  const done = new Set(results.filter(({ kind }) => DONE.includes(kind)).map(({ arn }) => arn));
  const over = new Set([
    ...orders.filter(({ arn }) => done.has(arn)),
    ...settledOrders(orders, items, !partial),
  ]);
  for (const { arn } of over)
    await problems.during(`${arn}: its held order could not be removed`, heldOrders.drop(arn), undefined);
}
