import { notFound } from '../errors.ts';
import type { ProjectRecord, RawRecord } from '../records.ts';
import type { Call } from './call.ts';
import { readRecord } from './read-arn.ts';

/** The project, verbatim ones included, that a member names. */
export function readProject(call: Call, member: string): ProjectRecord | RawRecord {
  const record = readRecord(call, member, ['project']);
  if (record.kind === 'project' || record.kind === 'raw') return record;
  throw notFound(`No project found for ARN ${record.arn}`);
}
