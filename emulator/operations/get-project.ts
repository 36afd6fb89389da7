import { showRecord } from '../show-record.ts';
import type { Operation } from './call.ts';
import { readRecord } from './read-arn.ts';

/** One project. */
export const getProject: Operation = (call) => {
  const record = readRecord(call, 'arn', ['project']);
  return { project: showRecord(record, call.farm, call.options, call.now) };
};
