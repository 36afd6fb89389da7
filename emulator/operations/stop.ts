import { workOf } from '../farm.ts';
import { isJsonObject, type Json } from '../json.ts';
import { argumentError, notFound } from '../protocol.ts';
import type { WorkRecord } from '../records.ts';
import { statusAt } from '../timeline.ts';
import { showRecord } from '../views.ts';
import { type Call, type Operation, readRecord, readRun } from './input.ts';

/**
 * Stops one job or session, unless it is beyond stopping: COMPLETED, PROCESSING, or STOPPING without being stuck.
 * Returns whether it could be stopped, which an ignored stop also does.
 */
function stopWork(call: Call, work: WorkRecord): boolean {
  if (!isStoppable(call, work)) return false;
  if (call.stopMode === 'ignored') return true;
  const at = work.stop?.at ?? call.now;
  call.farm.stop(work, { at, releaseAt: call.stopMode === 'stuck' ? Number.POSITIVE_INFINITY : call.now });
  call.markChanged();
  return true;
}

/** Refuses a stop that has nothing to stop, if the options say so; nobody knows what the service does. */
function refuseFinished({ options }: Call, arn: string): void {
  if (options.stopOfFinished === 'unchanged') return;
  const message = `${arn} is not running`;
  throw options.stopOfFinished === 'ArgumentException' ? argumentError(message) : notFound(message);
}

function isStoppable({ farm, now }: Call, work: WorkRecord): boolean {
  const status = statusAt(farm.course(work), now);
  if (status === 'STOPPING') return work.stop !== undefined && work.stop.releaseAt > now;
  return status !== 'COMPLETED' && status !== 'PROCESSING';
}

/** Stops the job or session that `arn` names and shows it as it is then. A verbatim item stays what it is. */
function stopOne(call: Call, type: 'job' | 'session'): Json {
  const record = readRecord(call, 'arn', [type]);
  if (record.kind !== 'job' && record.kind !== 'session')
    return showRecord(record, call.farm, call.options, call.now);
  const stopped = stopWork(call, record);
  if (!stopped) refuseFinished(call, record.arn);
  return shownAfterStop(call, showRecord(record, call.farm, call.options, call.now), stopped);
}

/** An ignored stop answers like a real one. */
function shownAfterStop(call: Call, item: Json, stopped: boolean): Json {
  return call.stopMode === 'ignored' && stopped && isJsonObject(item)
    ? { ...item, status: 'STOPPING' }
    : item;
}

/** Asks for one job to be stopped. */
export const stopJob: Operation = (call) => ({ job: stopOne(call, 'job') });

/** Asks for one remote access session to be stopped. */
export const stopRemoteAccessSession: Operation = (call) => ({
  remoteAccessSession: stopOne(call, 'session'),
});

/** Asks for all jobs of a run to be stopped that still can be. */
export const stopRun: Operation = (call) => {
  const run = readRun(call, 'arn');
  if (run.kind === 'raw') return { run: run.item };
  const stopped = workOf(run).filter((job) => stopWork(call, job)).length > 0;
  if (!stopped) refuseFinished(call, run.arn);
  return { run: shownAfterStop(call, showRecord(run, call.farm, call.options, call.now), stopped) };
};
