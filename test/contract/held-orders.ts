import { describe, expect, it } from 'vitest';
import type { HeldOrder } from '../../lambda/core/steering/held-order.ts';
import type { HeldOrders } from '../../lambda/ports.ts';

const order = (arn: string, only: HeldOrder['only'] = 'any'): HeldOrder => ({
  arn,
  rule: 'budget:monthly',
  reason: 'the budget passed its alert threshold',
  only,
});

/** What every list of held orders does. `make` gives an empty one. */
export function heldOrdersContract(name: string, make: () => Promise<HeldOrders>): void {
  describe(`${name}, as a list of held orders`, () => {
    it('keeps an order until it is dropped', async () => {
      const orders = await make();
      await orders.keep(order('a'));
      await orders.keep(order('b'));

      await orders.drop('a');

      expect(await orders.all()).toEqual([order('b')]);
    });

    it.each([
      { first: 'queued', second: 'any' },
      { first: 'any', second: 'queued' },
    ] as const)(
      'of two for one item keeps the one that goes further: $first, $second',
      async ({ first, second }) => {
        const orders = await make();

        await orders.keep(order('a', first));
        await orders.keep(order('a', second));

        expect(await orders.all()).toEqual([order('a', 'any')]);
      },
    );

    it('does not mind dropping what is not there', async () => {
      const orders = await make();

      await orders.drop('a');

      expect(await orders.all()).toEqual([]);
    });
  });
}
