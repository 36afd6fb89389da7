import { argumentError, notFound } from '../errors.ts';
import type { WorkRecord } from '../records.ts';
import { statusAt } from '../timeline.ts';
import type { Call } from './call.ts';

/**
 * Stops one job or session, unless it is beyond stopping: COMPLETED, PROCESSING, or STOPPING without being stuck.
 * Returns whether it could be stopped, which an ignored stop also does.
 */
export function stopWork(call: Call, work: WorkRecord): boolean {
  if (!isStoppable(call, work)) return false;
  if (call.stopMode === 'ignored') return true;
  const at = work.stop?.at ?? call.now;
  call.farm.stop(work, { at, releaseAt: call.stopMode === 'stuck' ? Number.POSITIVE_INFINITY : call.now });
  call.markChanged();
  return true;
}

/** Refuses a stop that has nothing to stop, if the options say so; nobody knows what the service does. */
export function refuseFinished({ options }: Call, arn: string): void {
  if (options.stopOfFinished === 'unchanged') return;
  const message = `${arn} is not running`;
  throw options.stopOfFinished === 'ArgumentException' ? argumentError(message) : notFound(message);
}

function isStoppable({ farm, now }: Call, work: WorkRecord): boolean {
  const status = statusAt(farm.course(work), now);
  if (status === 'STOPPING') return work.stop !== undefined && work.stop.releaseAt > now;
  return status !== 'COMPLETED' && status !== 'PROCESSING';
}
