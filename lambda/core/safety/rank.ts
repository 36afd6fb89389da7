import { timeoutOf } from '../minutes.ts';
import type { WorkItem } from '../work-item.ts';

/** The order in which to stop: queued work first, then what has most money still to spend, ties by ARN. */
export function rank<T extends { readonly item: WorkItem }>(stops: readonly T[]): readonly T[] {
  return stops.toSorted(
    ({ item: a }, { item: b }) =>
      Number(b.phase === 'queued') - Number(a.phase === 'queued') ||
      meteredMinutesLeft(b) - meteredMinutesLeft(a) ||
      Number(a.arn > b.arn) - Number(a.arn < b.arn),
  );
}

/** Metered minutes that the item can still use before its timeout. */
function meteredMinutesLeft(item: WorkItem): number {
  if (item.billing === 'unmetered') return 0;
  return Math.max(0, timeoutOf(item) - item.minutes.metered);
}
