import type { Decision, StopScope } from '../decision.ts';
import type { WorkItem } from '../work-item.ts';
import { type ProtectedBy, protectionOf } from './protection.ts';

/** Days that an order is kept: longer than any job or session lives. */
export const HELD_ORDER_DAYS = 7;

/** A stop that a message of AWS ordered and the cap or a pause held back: the first sweep that may make it does. */
export interface HeldOrder {
  readonly arn: string;
  /** `budget:<name>` or `alarm:<name>`. */
  readonly rule: string;
  readonly reason: string;
  readonly only: StopScope;
}

/**
 * The decisions with the held orders in them. An order stops what the rules would keep, and waits while the policy observes.
 * Where a rule stops as well it is the order's stop, which the breaker does not hold; unless the rule goes further.
 * Exempt work it leaves alone, as it would have done at its arrival.
 */
export function withHeldOrders(
  decisions: readonly Decision[],
  orders: readonly HeldOrder[],
  protectedBy: ProtectedBy,
): readonly Decision[] {
  if (protectedBy.policy.mode === 'observe' || orders.length === 0) return decisions;
  const byArn = new Map(orders.map((order) => [order.arn, order]));
  return decisions.map((decision) => {
    const order = byArn.get(decision.item.arn);
    if (!order || !isOpenTo(order, decision.item, protectedBy) || goesFurther(decision, order))
      return decision;
    const { rule, reason, only } = order;
    return { ...decision, action: 'stop', rule, reason, only };
  });
}

/** Orders that need nothing more: their work has ended, has started although only queued work was meant, or is stopping. */
export function settledOrders(
  orders: readonly HeldOrder[],
  items: readonly WorkItem[],
  complete: boolean,
): readonly HeldOrder[] {
  const byArn = new Map(items.map((item) => [item.arn, item]));
  return orders.filter(({ arn, only }) => {
    const item = byArn.get(arn);
    if (!item) return complete;
    return item.phase === 'stopping' || (only === 'queued' && item.phase === 'started');
  });
}

function goesFurther({ action, only }: Decision, order: HeldOrder): boolean {
  return action === 'stop' && only === 'any' && order.only === 'queued';
}

function isOpenTo({ only }: HeldOrder, item: WorkItem, protectedBy: ProtectedBy): boolean {
  const meant = item.phase === 'queued' || (item.phase === 'started' && only === 'any');
  return meant && protectionOf(item, protectedBy) === undefined;
}
