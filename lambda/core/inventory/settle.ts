import type { DeviceMinutes } from '../minutes.ts';
import { settledMinutes } from '../minutes.ts';
import type { Counters } from '../service.ts';

/** Minutes after the end until the counters are taken as final. */
export const SETTLE_MINUTES = 15;
/** Hours after the end until work without counters is settled on its own clock. */
export const ESTIMATE_AFTER_HOURS = 24;
/**
 * Hours that a run can live: 24 in the queue and 150 minutes on a device, with a margin
 * (https://docs.aws.amazon.com/devicefarm/latest/developerguide/limits.html).
 */
export const LIFETIME_HOURS = 27;

/** COMPLETED work, and when it ended as far as anybody knows. */
export interface Ended {
  readonly counters: Counters;
  readonly created?: number;
  readonly stopped?: number;
  /** When this guard first saw it COMPLETED. */
  readonly completedSince?: number;
}

export type Settlement =
  | { readonly kind: 'final'; readonly minutes: DeviceMinutes }
  /** No counters after a day: whoever asks has to estimate. */
  | { readonly kind: 'estimate' }
  | { readonly kind: 'wait' };

/** Whether COMPLETED work has its final minutes. Work older than any run can live needs no waiting. */
export function settlement(work: Ended, now: number): Settlement {
  const ended = work.stopped ?? Math.min(work.completedSince ?? now, latestEnd(work) ?? now);
  const minutesSince = (now - ended) / 60_000;
  if (minutesSince < SETTLE_MINUTES) return { kind: 'wait' };
  const minutes = settledMinutes(work.counters);
  if (minutes) return { kind: 'final', minutes };
  return minutesSince >= ESTIMATE_AFTER_HOURS * 60 ? { kind: 'estimate' } : { kind: 'wait' };
}

function latestEnd({ created }: Ended): number | undefined {
  return created === undefined ? undefined : created + LIFETIME_HOURS * 3_600_000;
}
