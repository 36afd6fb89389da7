import type { Farm } from './farm.ts';
import type { Json } from './json.ts';
import type { Options } from './options.ts';
import type { AnyRecord } from './records.ts';
import { jobItem } from './views/job-item.ts';
import { projectItem } from './views/project-item.ts';
import { runItem } from './views/run-item.ts';
import { sessionItem } from './views/session-item.ts';

/** Any record as the API shows it at that moment. */
export function showRecord(record: AnyRecord, farm: Farm, options: Options, now: number): Json {
  switch (record.kind) {
    case 'raw':
      return record.item;
    case 'project':
      return projectItem(record, now);
    case 'run':
      return runItem(farm, options, record, now);
    case 'job':
      return jobItem(farm, options, record, now);
    case 'session':
      return sessionItem(farm, options, record, now);
  }
}
