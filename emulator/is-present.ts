import type { Options } from './options.ts';
import type { AnyRecord } from './records.ts';

const dayMs = 86_400_000;

/** Whether a record exists at that moment: it has been created, and its results are still kept (projects: for good). */
export function isPresent(
  record: AnyRecord,
  at: { readonly now: number; readonly options: Options },
): boolean {
  if (record.kind === 'raw') return true;
  if (record.createdAt > at.now) return false;
  return record.kind === 'project' || at.now - record.createdAt <= at.options.retentionDays * dayMs;
}
