import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { avoidedBy, avoidedText } from '../../../../lambda/core/stops/avoided.ts';

const MINUTE = 60_000;
const PRICE = 0.17;

describe('what a stop avoided', () => {
  it.each([
    { work: { started: 0, stopped: 76 * MINUTE, billing: 'metered' }, avoided: 74, avoidedMoney: 12_580_000 },
    {
      work: { started: 0, stopped: 76 * MINUTE, timeoutMinutes: 100, billing: 'metered' },
      avoided: 24,
      avoidedMoney: 4_080_000,
    },
    { work: { started: 0, stopped: 76 * MINUTE, billing: 'unmetered' }, avoided: 74, avoidedMoney: 0 },
    { work: { started: 0, stopped: 76 * MINUTE, billing: 'unknown' }, avoided: 74, avoidedMoney: 12_580_000 },
    { work: { stopped: 5, billing: 'metered' }, avoided: 150, avoidedMoney: 25_500_000 },
    { work: { started: 0, stopped: 150 * MINUTE, billing: 'metered' }, avoided: 0, avoidedMoney: 0 },
    { work: { started: 0, stopped: 200 * MINUTE, billing: 'metered' }, avoided: 0, avoidedMoney: 0 },
  ] as const)('is $avoided min of $work', ({ work, avoided, avoidedMoney }) => {
    expect(avoidedBy(work, PRICE)).toEqual({ avoided, avoidedMoney });
  });

  it('is nothing that anybody could tell when the end is not known, and no money when the billing is not', () => {
    const endless = avoidedBy({ started: 0, billing: 'metered' }, PRICE);
    const unbilled = avoidedBy({ started: 0, stopped: 50 * MINUTE }, PRICE);

    expect([endless, unbilled]).toEqual([{ avoided: 0 }, { avoided: 100 }]);
  });

  it('is never more than the timeout and never below zero', () => {
    fc.assert(
      fc.property(
        fc.record({
          started: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
          stopped: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
          timeoutMinutes: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }),
        }),
        (work) => {
          const { avoided } = avoidedBy(work, PRICE);

          expect(avoided).toBeGreaterThanOrEqual(0);
          expect(avoided).toBeLessThanOrEqual(work.timeoutMinutes || 150);
        },
      ),
    );
  });

  it('is named as an upper bound', () => {
    expect(avoidedText({ avoided: 74, avoidedMoney: 12_580_000 }, 150)).toBe(
      'at most 74 min and $12.58 avoided, up to its timeout of 150 min',
    );
    expect(avoidedText({ avoided: 74, avoidedMoney: 0 }, 150)).not.toContain('$');
  });
});
