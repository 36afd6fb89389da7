import { showRecord } from '../show-record.ts';
import type { Operation } from './call.ts';
import { readRecord } from './read-arn.ts';

/** One run. */
export const getRun: Operation = (call) => {
  const record = readRecord(call, 'arn', ['run']);
  return { run: showRecord(record, call.farm, call.options, call.now) };
};
