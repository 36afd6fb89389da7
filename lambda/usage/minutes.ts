import type { Billing, Counters, DeviceMinutes, Usage, WorkItem } from '../model.ts';
import { addMinutes, NO_MINUTES } from '../money.ts';
import { MINUTE } from '../time.ts';

/** Minutes past the timeout that an estimate may reach: setup and teardown lie outside the timeout. */
export const TIMEOUT_MARGIN_MINUTES = 10;

/**
 * The longest that a job or session may run when no timeout is known
 * (https://docs.aws.amazon.com/devicefarm/latest/developerguide/limits.html).
 */
export const SERVICE_TIMEOUT_MINUTES = 150;

/** Ten weeks: raised limits and private devices allow long timeouts, but none like that. */
const MOST_TIMEOUT_MINUTES = 100_000;

/**
 * Minutes of work in flight: the larger of the counter and the time since it began RUNNING. Device Farm's counters stay at 0 or
 * are absent until work has ended in every public sample, so the clock decides. Neither can be true above the timeout and
 * its margin, so both are clamped there.
 */
export function estimateMinutes(
  work: Pick<WorkItem, 'runningSince' | 'billing' | 'timeoutMinutes'> & { readonly counters: Counters },
  now: number,
): DeviceMinutes {
  const elapsed = work.runningSince === undefined ? 0 : Math.max(0, now - work.runningSince) / MINUTE;
  const most = timeoutOf(work) + TIMEOUT_MARGIN_MINUTES;
  const atLeast = (counter = 0) => Math.min(Math.max(counter, elapsed), most);
  const { total, metered, unmetered } = work.counters;
  return work.billing === 'unmetered'
    ? { total: atLeast(total), metered: 0, unmetered: atLeast(unmetered) }
    : { total: atLeast(total), metered: atLeast(metered), unmetered: 0 };
}

/**
 * The timeout as reported, else the service's own. 0 is none: the service takes no timeout below 5 minutes
 * (https://docs.aws.amazon.com/devicefarm/latest/developerguide/how-to-set-default-timeout-for-test-runs.html). What no timeout can be
 * is none either.
 */
export function timeoutOf({ timeoutMinutes = 0 }: { readonly timeoutMinutes?: number }): number {
  const isOne = timeoutMinutes > 0 && timeoutMinutes <= MOST_TIMEOUT_MINUTES;
  return isOne ? timeoutMinutes : SERVICE_TIMEOUT_MINUTES;
}

/** Minutes of work that has ended, when only its clock is known; none when it never ran. */
export function elapsedMinutes(
  work: { readonly started?: number; readonly stopped?: number; readonly timeoutMinutes?: number },
  billing: Billing,
): DeviceMinutes {
  if (work.stopped === undefined) return NO_MINUTES;
  const { started: runningSince, timeoutMinutes } = work;
  return estimateMinutes({ counters: {}, runningSince, billing, timeoutMinutes }, work.stopped);
}

/**
 * Device minutes that a job or session can still use before its timeout ends it. Queued work has its whole timeout before
 * it. Work that is stopping, or whose tests are over, has only its teardown left, which is short: the margin stands for it.
 */
export function remainingMinutes(
  work: Pick<WorkItem, 'phase' | 'status' | 'billing' | 'minutes' | 'timeoutMinutes'>,
): DeviceMinutes {
  if (work.phase === 'completed') return NO_MINUTES;
  const isUnmetered = work.billing === 'unmetered';
  const used = isUnmetered ? work.minutes.unmetered : work.minutes.metered;
  const left = Math.max(0, timeoutOf(work) - used);
  const isEnding = work.phase === 'stopping' || work.status === 'PROCESSING';
  const total = isEnding ? Math.min(left, TIMEOUT_MARGIN_MINUTES) : left;
  return isUnmetered ? { total, metered: 0, unmetered: total } : { total, metered: total, unmetered: 0 };
}

/** Items and usages as they will be at `moment` if all that runs goes on. */
export function later(
  { items, usages }: { readonly items: readonly WorkItem[]; readonly usages: readonly Usage[] },
  moment: number,
): { readonly items: readonly WorkItem[]; readonly usages: readonly Usage[] } {
  const added = new Map<string, DeviceMinutes>();
  const aged = items.map((item) => {
    const minutes = minutesAt(item, moment);
    const subject = item.run?.arn ?? item.arn;
    added.set(subject, addMinutes(added.get(subject) ?? NO_MINUTES, less(minutes, item.minutes)));
    return { ...item, minutes };
  });
  return {
    items: aged.map((item) => {
      const more = item.run && added.get(item.run.arn);
      return item.run && more
        ? { ...item, run: { ...item.run, minutes: addMinutes(item.run.minutes, more) } }
        : item;
    }),
    usages: usages.map((usage) => {
      const more = added.get(usage.arn);
      if (!more || usage.basis !== 'inFlight') return usage;
      const remaining = usage.remaining && atLeastNothing(less(usage.remaining, more));
      return { ...usage, minutes: addMinutes(usage.minutes, more), ...(remaining && { remaining }) };
    }),
  };
}

/** The estimate so far counts like a counter: it is the larger of counter and clock already. */
function minutesAt(item: WorkItem, moment: number): DeviceMinutes {
  if (item.status !== 'RUNNING' || item.runningSince === undefined) return item.minutes;
  const { minutes: counters, runningSince, billing, timeoutMinutes } = item;
  return estimateMinutes({ counters, runningSince, billing, timeoutMinutes }, moment);
}

function less(a: DeviceMinutes, b: DeviceMinutes): DeviceMinutes {
  return {
    total: a.total - b.total,
    metered: a.metered - b.metered,
    unmetered: a.unmetered - b.unmetered,
  };
}

function atLeastNothing({ total, metered, unmetered }: DeviceMinutes): DeviceMinutes {
  return { total: Math.max(0, total), metered: Math.max(0, metered), unmetered: Math.max(0, unmetered) };
}
