import type { Counters, DeviceMinutes, Run, Usage } from '../model.ts';
import { withoutDrift } from '../money.ts';
import { isRecord } from '../text.ts';
import { HOUR, MINUTE } from '../time.ts';

/** Minutes after the end until the counters are taken as final. */
export const SETTLE_MINUTES = 15;
/** Hours after the end until work without counters is settled on its own clock. */
export const ESTIMATE_AFTER_HOURS = 24;
/**
 * Hours that a run can live: 24 in the queue and 150 minutes on a device, with a margin
 * (https://docs.aws.amazon.com/devicefarm/latest/developerguide/limits.html).
 */
export const LIFETIME_HOURS = 27;

/** Device minutes that no run has: 250 jobs in flight (the same page) would need almost three days each. */
const MOST_MINUTES = 1_000_000;

/**
 * The final minutes of COMPLETED work, or `wait` for its counters, or `estimate`: a day has passed without them. Work older than
 * any run can live needs no waiting.
 * @param completedSince when AutoStop first saw it COMPLETED
 */
export function settlement(
  {
    counters,
    created,
    stopped,
    completedSince,
  }: Pick<Run, 'counters' | 'created' | 'stopped'> & { readonly completedSince?: number },
  now: number,
): DeviceMinutes | 'wait' | 'estimate' {
  const latestEnd = created === undefined ? now : created + LIFETIME_HOURS * HOUR;
  const minutesSince = (now - (stopped ?? Math.min(completedSince ?? now, latestEnd))) / MINUTE;
  if (minutesSince < SETTLE_MINUTES) return 'wait';
  return finalMinutes(counters) ?? (minutesSince >= ESTIMATE_AFTER_HOURS * 60 ? 'estimate' : 'wait');
}

/**
 * The counters of COMPLETED work, or `undefined` when the service has not given all that money depends on. A counter that cannot
 * be true is none, as one of them would make every sum meaningless.
 */
export function finalMinutes({ total, metered, unmetered = 0 }: Counters): DeviceMinutes | undefined {
  if (total === undefined || metered === undefined) return undefined;
  return Math.max(total, metered, unmetered) <= MOST_MINUTES ? { total, metered, unmetered } : undefined;
}

/** How wrong the estimates of some runs and sessions were, in billed device minutes. */
export interface EstimateError {
  /** Runs and sessions that had been estimated in flight. */
  readonly count: number;
  /** Final minutes less estimates: above 0, estimates were too low by so much. */
  readonly minutes: number;
  /** The same without its sign, so that errors up and down do not cancel. */
  readonly absoluteMinutes: number;
}

/** The error of what has been settled; what was never estimated has none. */
export function estimateErrorOf(settled: readonly Usage[]): EstimateError {
  const errors = settled.flatMap(({ estimateError }) => (estimateError === undefined ? [] : [estimateError]));
  const sum = (values: readonly number[]) => values.reduce((total, value) => withoutDrift(total + value), 0);
  return { count: errors.length, minutes: sum(errors), absoluteMinutes: sum(errors.map(Math.abs)) };
}

/** Whether a stored value is a usage. It has the members on which figures depend: a sum with one bad number is none. */
export function isUsage(value: unknown): value is Usage {
  return (
    isRecord(value) &&
    typeof value.arn === 'string' &&
    (value.kind === 'run' || value.kind === 'session') &&
    isRecord(value.project) &&
    typeof value.project.arn === 'string' &&
    typeof value.project.name === 'string' &&
    Number.isFinite(value.created) &&
    isMinutes(value.minutes) &&
    (value.remaining === undefined || isMinutes(value.remaining)) &&
    (value.basis === 'final' || value.basis === 'estimated' || value.basis === 'inFlight')
  );
}

export function isMinutes(value: unknown): value is DeviceMinutes {
  return (
    isRecord(value) &&
    Number.isFinite(value.total) &&
    Number.isFinite(value.metered) &&
    Number.isFinite(value.unmetered)
  );
}
