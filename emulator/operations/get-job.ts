import { showRecord } from '../show-record.ts';
import type { Operation } from './call.ts';
import { readRecord } from './read-arn.ts';

/** One job. */
export const getJob: Operation = (call) => {
  const record = readRecord(call, 'arn', ['job']);
  return { job: showRecord(record, call.farm, call.options, call.now) };
};
