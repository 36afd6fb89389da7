import { inOrder } from '../listing-order.ts';
import type { RawRecord, SessionRecord } from '../records.ts';
import { statusAt } from '../timeline.ts';
import { sessionItem } from '../views/session-item.ts';
import type { Call, Operation } from './call.ts';
import { listPage } from './list-page.ts';
import { readProject } from './read-project.ts';

/** The sessions of a project, newest first; completed ones only if the options say so. */
export const listRemoteAccessSessions: Operation = (call) => {
  const project = readProject(call, 'arn');
  return listPage(call, {
    member: 'remoteAccessSessions',
    of: project.arn ?? '',
    entries: inOrder(project.sessions, 'newest-first'),
    isListed: (session) => isListed(call, session),
    show: (session) => sessionItem(call.farm, call.options, session, call.now),
  });
};

function isListed({ options, farm, now }: Call, session: SessionRecord | RawRecord): boolean {
  if (options.listCompletedSessions || session.kind === 'raw') return true;
  return statusAt(farm.course(session), now) !== 'COMPLETED';
}
