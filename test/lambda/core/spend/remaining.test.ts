import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Billing } from '../../../../lambda/core/service.ts';
import { remainingMinutes } from '../../../../lambda/core/spend/remaining.ts';
import { item, metered } from '../samples.ts';

describe('remainingMinutes', () => {
  it.each([
    { status: 'PENDING', timeoutMinutes: 60, used: 0, remaining: 60 },
    { status: 'PENDING', timeoutMinutes: undefined, used: 0, remaining: 150 },
    { status: 'PENDING', timeoutMinutes: 0, used: 0, remaining: 150 },
    { status: 'PREPARING', timeoutMinutes: 60, used: 0, remaining: 60 },
    { status: 'RUNNING', timeoutMinutes: 60, used: 45, remaining: 15 },
    { status: 'RUNNING', timeoutMinutes: 60, used: 70, remaining: 0 },
    { status: 'STOPPING', timeoutMinutes: 60, used: 20, remaining: 10 },
    { status: 'STOPPING', timeoutMinutes: 60, used: 55, remaining: 5 },
    { status: 'PROCESSING', timeoutMinutes: 60, used: 20, remaining: 10 },
    { status: 'COMPLETED', timeoutMinutes: 60, used: 20, remaining: 0 },
    { status: 'DANCING', timeoutMinutes: 60, used: 20, remaining: 40 },
  ])('of $status work after $used of $timeoutMinutes min is $remaining', (facts) => {
    const { status, timeoutMinutes, used, remaining } = facts;

    const result = remainingMinutes(item({ status, timeoutMinutes, minutes: metered(used) }));

    expect(result).toEqual(metered(remaining));
  });

  it('is never money where the work is unmetered, and always where that is not known', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Billing>('metered', 'unmetered', 'unknown'),
        fc.nat(200),
        (billing, used) => {
          const minutes =
            billing === 'unmetered' ? { total: used, metered: 0, unmetered: used } : metered(used);

          const result = remainingMinutes(item({ billing, minutes }));

          expect(result.metered).toBe(billing === 'unmetered' ? 0 : Math.max(0, 150 - used));
          expect(result.total).toBe(result.metered + result.unmetered);
        },
      ),
    );
  });
});
