import { projectItem } from '../views/project-item.ts';
import type { Operation } from './call.ts';
import { listPage } from './list-page.ts';
import { readRecord } from './read-arn.ts';
import { readString } from './read-input.ts';

/** All projects, oldest first. With `arn`, only that project. */
export const listProjects: Operation = (call) => {
  const arn =
    readString(call.input, 'arn') === undefined ? undefined : readRecord(call, 'arn', ['project']).arn;
  return listPage(call, {
    member: 'projects',
    of: arn ?? '',
    entries: call.farm.projects.filter((project) => arn === undefined || project.arn === arn),
    show: (project) => projectItem(project, call.now),
  });
};
