import { type DeviceMinutes, isRecord, type Usage } from '../model.ts';

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
