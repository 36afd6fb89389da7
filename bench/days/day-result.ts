import type { Day } from './day.ts';
import { type Figures, figuresOf } from './figures.ts';
import { guardStrategy } from './guard-strategy.ts';
import { listingOrder } from './listing-order.ts';
import { live } from './live.ts';
import { policyOfDay, type Watching } from './policy-of-day.ts';
import { stopAll } from './stop-all.ts';

/** Who watches a day: nobody, the guard, or one of the scripts that it is compared with. */
export type Watcher = 'nobody' | 'guard' | 'listingOrder' | 'stopAll';

/** One seeded day, lived four times. */
export interface DayResult {
  readonly seed: number;
  readonly watching: Watching;
  readonly limitUsd: number;
  readonly maxStopsPerHour: number;
  readonly figures: Readonly<Record<Watcher, Figures>>;
}

/** Lives a day four times. The same day gives the same figures. */
export async function dayResult(day: Day, watching: Watching): Promise<DayResult> {
  const { pricePerMeteredMinute: price } = policyOfDay(day, watching);
  const alone = await live(day, watching);
  const figures = async (strategy: Parameters<typeof live>[2]) =>
    figuresOf(await live(day, watching, strategy), alone, { ...day, price });
  const { seed, limitUsd, maxStopsPerHour } = day;
  return {
    seed,
    watching,
    limitUsd,
    maxStopsPerHour,
    figures: {
      nobody: figuresOf(alone, alone, { ...day, price }),
      guard: await figures(guardStrategy),
      listingOrder: await figures(listingOrder),
      stopAll: await figures(stopAll),
    },
  };
}
