import type { DeviceMinutes } from '../../core/minutes.ts';

/** Whether these are device minutes, each of them a number that can be added up. */
export function isMinutes(value: unknown): value is DeviceMinutes {
  return (
    typeof value === 'object' &&
    value !== null &&
    'total' in value &&
    'metered' in value &&
    'unmetered' in value &&
    [value.total, value.metered, value.unmetered].every((one) => Number.isFinite(one))
  );
}
