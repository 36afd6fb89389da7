import type { Billing, Counters } from './service.ts';
import { withoutDrift } from './without-drift.ts';

/**
 * Device minutes told apart. `total` is occupancy, `metered` is money; they do not add up
 * (https://github.com/aws/aws-sdk-js/issues/3978).
 */
export interface DeviceMinutes {
  readonly total: number;
  readonly metered: number;
  readonly unmetered: number;
}

export const NO_MINUTES: DeviceMinutes = { total: 0, metered: 0, unmetered: 0 };

/** Minutes past the timeout that an estimate may reach: setup and teardown lie outside the timeout. */
export const TIMEOUT_MARGIN_MINUTES = 10;

/** The longest a job or session may run when no timeout is known (https://docs.aws.amazon.com/devicefarm/latest/developerguide/limits.html). */
export const SERVICE_TIMEOUT_MINUTES = 150;

export function addMinutes(a: DeviceMinutes, b: DeviceMinutes): DeviceMinutes {
  return {
    total: withoutDrift(a.total + b.total),
    metered: withoutDrift(a.metered + b.metered),
    unmetered: withoutDrift(a.unmetered + b.unmetered),
  };
}

/** What an execution in flight tells about its use of a device. Times are epoch milliseconds. */
export interface InFlight {
  readonly counters: Counters;
  readonly runningSince?: number;
  readonly billing: Billing;
  readonly timeoutMinutes?: number;
}

/**
 * Minutes of work in flight: the larger of the counter and the time since it began RUNNING, clamped a little above its timeout.
 * Device Farm's counters stay at 0 or are absent until work has ended in every public sample, so the clock decides.
 */
export function estimateMinutes(work: InFlight, now: number): DeviceMinutes {
  const elapsed = work.runningSince === undefined ? 0 : Math.max(0, now - work.runningSince) / 60_000;
  const clamp = timeoutOf(work) + TIMEOUT_MARGIN_MINUTES;
  const estimate = Math.min(elapsed, clamp);
  const total = Math.max(work.counters.total ?? 0, estimate);
  return work.billing === 'unmetered'
    ? { total, metered: 0, unmetered: Math.max(work.counters.unmetered ?? 0, estimate) }
    : { total, metered: Math.max(work.counters.metered ?? 0, estimate), unmetered: 0 };
}

/**
 * The timeout as reported, else the service's own. 0 is none: the service takes no timeout below 5 minutes
 * (https://docs.aws.amazon.com/devicefarm/latest/developerguide/how-to-set-default-timeout-for-test-runs.html).
 */
export function timeoutOf({ timeoutMinutes }: { readonly timeoutMinutes?: number }): number {
  return timeoutMinutes || SERVICE_TIMEOUT_MINUTES;
}

/** The counters of COMPLETED work, or `undefined` when the service has not given all that money depends on. */
export function settledMinutes(counters: Counters): DeviceMinutes | undefined {
  const { total, metered, unmetered } = counters;
  if (total === undefined || metered === undefined) return undefined;
  return { total, metered, unmetered: unmetered ?? 0 };
}

/** Minutes of work that has ended, when only its clock is known; none when it never ran. */
export function elapsedMinutes(
  work: { readonly started?: number; readonly stopped?: number },
  billing: Billing,
): DeviceMinutes {
  if (work.started === undefined || work.stopped === undefined) return NO_MINUTES;
  return estimateMinutes({ counters: {}, runningSince: work.started, billing }, work.stopped);
}
