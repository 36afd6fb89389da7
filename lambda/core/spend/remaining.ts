import { type DeviceMinutes, NO_MINUTES, TIMEOUT_MARGIN_MINUTES, timeoutOf } from '../minutes.ts';
import type { WorkItem } from '../work-item.ts';

/**
 * Device minutes that a job or session can still use before its timeout ends it. Queued work has its whole timeout before
 * it. Work that is stopping, or whose tests are over, has only its teardown left, which is short: the margin stands for it.
 */
export function remainingMinutes(
  work: Pick<WorkItem, 'phase' | 'status' | 'billing' | 'minutes' | 'timeoutMinutes'>,
): DeviceMinutes {
  if (work.phase === 'completed') return NO_MINUTES;
  const unmetered = work.billing === 'unmetered';
  const left = Math.max(0, timeoutOf(work) - (unmetered ? work.minutes.unmetered : work.minutes.metered));
  const total = isEnding(work) ? Math.min(left, TIMEOUT_MARGIN_MINUTES) : left;
  return unmetered ? { total, metered: 0, unmetered: total } : { total, metered: total, unmetered: 0 };
}

function isEnding({ phase, status }: Pick<WorkItem, 'phase' | 'status'>): boolean {
  return phase === 'stopping' || status === 'PROCESSING';
}
