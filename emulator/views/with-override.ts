import type { JsonObject } from '../json.ts';
import { applyOverride, type WorkRecord } from '../records.ts';

/**
 * A job or session with its override. An overridden status or result would hide every stop, so both end when a stop is
 * accepted.
 */
export function withOverride(item: JsonObject, work: WorkRecord, now: number): JsonObject {
  const overridden = applyOverride(item, work.override, now);
  if (work.stop === undefined) return overridden;
  return { ...overridden, status: item.status, result: item.result };
}
