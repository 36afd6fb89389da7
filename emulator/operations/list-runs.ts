import { inOrder } from '../listing-order.ts';
import { runItem } from '../views/run-item.ts';
import type { Operation } from './call.ts';
import { listPage } from './list-page.ts';
import { readProject } from './read-project.ts';

/** The runs of a project, whatever their status. */
export const listRuns: Operation = (call) => {
  const project = readProject(call, 'arn');
  const order = project.kind === 'project' ? project.runOrder : undefined;
  return listPage(call, {
    member: 'runs',
    of: project.arn ?? '',
    entries: inOrder(project.runs, order ?? call.options.runOrder),
    show: (run) => runItem(call.farm, call.options, run, call.now),
  });
};
