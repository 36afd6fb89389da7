import { parseArn } from '../arn.ts';
import type { Farm } from '../farm.ts';
import type { ProjectRecord, RawRecord, RunRecord } from '../records.ts';

/** The project of that ARN, verbatim ones included. Throws a RangeError when nothing of that ARN was added. */
export function projectOf(farm: Farm, arn: string): ProjectRecord | RawRecord {
  const record = farm.find(arn);
  if (record?.kind === 'project' || (record?.kind === 'raw' && record.of === 'project')) return record;
  throw new RangeError(`no project ${arn}: add it first`);
}

/** The run of that ARN, verbatim ones included. Throws a RangeError when nothing of that ARN was added. */
export function runOf(farm: Farm, arn: string): RunRecord | RawRecord {
  const record = farm.find(arn);
  if (record?.kind === 'run' || (record?.kind === 'raw' && record.of === 'run')) return record;
  throw new RangeError(`no run ${arn}: add it first`);
}

/** The id that runs and sessions of a project carry in their ARNs. */
export function projectIdOf(project: ProjectRecord | RawRecord): string {
  return parseArn(project.arn ?? '')?.id ?? 'unknown';
}
