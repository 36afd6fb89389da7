import { notFound } from '../errors.ts';
import type { RawRecord, RunRecord } from '../records.ts';
import type { Call } from './call.ts';
import { readRecord } from './read-arn.ts';

/** The run, verbatim ones included, that a member names. */
export function readRun(call: Call, member: string): RunRecord | RawRecord {
  const record = readRecord(call, member, ['run']);
  if (record.kind === 'run' || record.kind === 'raw') return record;
  throw notFound(`No run found for ARN ${record.arn}`);
}
