import { jobItem } from '../views/job-item.ts';
import type { Operation } from './call.ts';
import { listPage } from './list-page.ts';
import { readRun } from './read-run.ts';

/** The jobs of a run, in the order of their index. */
export const listJobs: Operation = (call) => {
  const run = readRun(call, 'arn');
  return listPage(call, {
    member: 'jobs',
    of: run.arn ?? '',
    entries: run.jobs,
    show: (job) => jobItem(call.farm, call.options, job, call.now),
  });
};
