import { showRecord } from '../show-record.ts';
import type { Operation } from './call.ts';
import { readRecord } from './read-arn.ts';

/** One remote access session. */
export const getRemoteAccessSession: Operation = (call) => {
  const record = readRecord(call, 'arn', ['session']);
  return { remoteAccessSession: showRecord(record, call.farm, call.options, call.now) };
};
