import type { JsonObject } from '../json.ts';
import { applyOverride, type ProjectRecord } from '../records.ts';
import { wireTime } from '../wire-time.ts';

/** A project as the API shows it. */
export function projectItem(project: ProjectRecord, now: number): JsonObject {
  const item = {
    arn: project.arn,
    name: project.name,
    defaultJobTimeoutMinutes: project.defaultJobTimeoutMinutes,
    created: wireTime(project.createdAt),
  };
  return applyOverride(item, project.override, now);
}
