import type { Decision } from './decision.ts';
import { SERVICE_TIMEOUT_MINUTES } from './minutes.ts';
import type { WorkItem } from './work-item.ts';

/** The order in which to stop: queued work first, then what has most money still to spend, ties by ARN. */
export function rank(decisions: readonly Decision[]): readonly Decision[] {
  return decisions.toSorted(
    ({ item: a }, { item: b }) =>
      Number(b.phase === 'queued') - Number(a.phase === 'queued') ||
      meteredMinutesLeft(b) - meteredMinutesLeft(a) ||
      (a.arn < b.arn ? -1 : 1),
  );
}

/** Metered minutes that the item can still use before its timeout. */
function meteredMinutesLeft(item: WorkItem): number {
  if (item.billing === 'unmetered') return 0;
  return Math.max(0, (item.timeoutMinutes ?? SERVICE_TIMEOUT_MINUTES) - item.minutes.metered);
}
