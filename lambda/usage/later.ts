import type { DeviceMinutes, Usage, WorkItem } from '../model.ts';
import { addMinutes, NO_MINUTES } from '../money.ts';
import { estimateMinutes } from './minutes.ts';

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
