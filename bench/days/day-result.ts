import type { Policy } from '../../lambda/core/policy/schema.ts';
import { type Day, dayOf } from './day.ts';
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

/** Lives the day of a seed four times. The same seed gives the same figures. */
export async function dayResult(seed: number, watching: Watching): Promise<DayResult> {
  const day = dayOf(seed);
  const { pricePerMeteredMinute: price }: Policy = policyOfDay(day, watching);
  const alone = await live(day, watching);
  const figures = async (strategy: Parameters<typeof live>[2]) =>
    figuresOf(await live(day, watching, strategy), alone, { ...day, price });
  const { limitUsd, maxStopsPerHour }: Day = day;
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
