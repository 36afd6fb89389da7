import { isJsonObject, type Json } from '../json.ts';
import { showRecord } from '../show-record.ts';
import type { Call } from './call.ts';
import { readRecord } from './read-arn.ts';
import { refuseFinished, stopWork } from './stop-work.ts';

/** Stops the job or session that `arn` names and shows it as it is then. A verbatim item stays what it is. */
export function stopOne(call: Call, type: 'job' | 'session'): Json {
  const record = readRecord(call, 'arn', [type]);
  if (record.kind !== 'job' && record.kind !== 'session')
    return showRecord(record, call.farm, call.options, call.now);
  const stopped = stopWork(call, record);
  if (!stopped) refuseFinished(call, record.arn);
  return shownAfterStop(call, showRecord(record, call.farm, call.options, call.now), stopped);
}

/** An ignored stop answers like a real one. */
export function shownAfterStop(call: Call, item: Json, stopped: boolean): Json {
  return call.stopMode === 'ignored' && stopped && isJsonObject(item)
    ? { ...item, status: 'STOPPING' }
    : item;
}
