import { formatArn } from '../arn.ts';
import type { ProjectRecord } from '../records.ts';
import type { SeedContext } from './context.ts';
import type { ProjectSeed } from './seeds.ts';
import { setTags } from './set-tags.ts';

/** Adds a project. */
export function addProject({ farm, options, newId }: SeedContext, seed: ProjectSeed): ProjectRecord {
  const id = seed.id ?? newId();
  const project: ProjectRecord = {
    kind: 'project',
    key: farm.nextKey(),
    arn: formatArn(options.accountId, 'project', id),
    name: seed.name ?? 'project',
    createdAt: seed.created ?? options.now(),
    defaultJobTimeoutMinutes: seed.defaultJobTimeoutMinutes,
    runOrder: seed.runOrder,
    override: seed.override,
    runs: [],
    sessions: [],
  };
  farm.projects.push(project);
  farm.register(project, options.now());
  setTags(farm, project.arn, seed.tags);
  return project;
}
