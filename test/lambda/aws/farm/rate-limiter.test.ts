import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimiter, READ_RATE, WRITE_RATE } from '../../../../lambda/aws/farm/rate-limiter.ts';
import { VirtualClock } from '../../../../emulator/virtual-clock.ts';

/** Callers that come after the given waits; gives the moments at which each was let through, in their own order. */
async function letThrough(rate: { burst: number; perSecond: number }, waits: readonly number[]) {
  const clock = new VirtualClock(0);
  const limiter = new RateLimiter(rate, clock);
  const order: number[] = [];
  const moments: number[] = [];
  const callers: Promise<void>[] = [];
  for (const [caller, wait] of waits.entries()) {
    if (wait > 0) await clock.sleep(wait);
    callers.push(
      limiter.take().then(() => {
        moments[caller] = clock.now();
        order.push(caller);
      }),
    );
  }
  await Promise.all(callers);
  return { moments, order };
}

/** A bucket as Device Farm keeps it: whether it has a token for every call at these moments. */
function bucketHolds({ burst, perSecond }: { burst: number; perSecond: number }, moments: readonly number[]) {
  let tokens = burst;
  let at = 0;
  return moments
    .toSorted((a, b) => a - b)
    .every((moment) => {
      tokens = Math.min(burst, tokens + ((moment - at) * perSecond) / 1000);
      at = moment;
      tokens -= 1;
      return tokens > -1e-9;
    });
}

describe('RateLimiter', () => {
  it.each([
    { name: 'reads', rate: READ_RATE, calls: 70, lastAt: 2_000 },
    { name: 'writes', rate: WRITE_RATE, calls: 13, lastAt: 3_000 },
  ])(
    'lets a full bucket of $name through at once and the rest at its rate',
    async ({ rate, calls, lastAt }) => {
      const { moments } = await letThrough(rate, Array(calls).fill(0));

      expect(moments.filter((at) => at === 0)).toHaveLength(rate.burst);
      expect(Math.max(...moments)).toBe(lastAt);
    },
  );

  it('fills up again while nobody calls, but not above its burst', async () => {
    const { moments } = await letThrough(WRITE_RATE, [...Array(10).fill(0), 3_600_000, ...Array(11).fill(0)]);

    expect(moments.slice(10).filter((at) => at === 3_600_000)).toHaveLength(10);
    expect(Math.max(...moments)).toBe(3_602_000);
  });

  it('never lets more through than the bucket has, in the order of coming, without waiting in vain', async () => {
    const rates = fc.record({
      burst: fc.integer({ min: 1, max: 6 }),
      perSecond: fc.constantFrom(1, 2, 5, 10),
    });
    const waits = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_000 })), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(rates, waits, async (rate, gaps) => {
        const { moments, order } = await letThrough(rate, gaps);

        expect(order).toEqual([...order.keys()]);
        expect(bucketHolds(rate, moments)).toBe(true);
        const total = gaps.reduce((sum, gap) => sum + gap, 0);
        expect(Math.max(...moments)).toBeLessThanOrEqual(total + (gaps.length * 1000) / rate.perSecond);
      }),
      { numRuns: 60 },
    );
  });
});
