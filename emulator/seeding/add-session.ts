import { formatArn } from '../arn.ts';
import type { SessionRecord } from '../records.ts';
import type { SeedContext } from './context.ts';
import { makeWork } from './make-work.ts';
import { projectIdOf, projectOf } from './parent.ts';
import type { SessionSeed } from './seeds.ts';
import { setTags } from './set-tags.ts';

/** Adds a remote access session. Throws a RangeError when its project was not added. */
export function addSession(context: SeedContext, seed: SessionSeed): SessionRecord {
  const { farm, options, newId } = context;
  const project = projectOf(farm, seed.project);
  const id = `${projectIdOf(project)}/${seed.id ?? newId()}${options.sessionArnTail}`;
  const billing = seed.billingMethod ?? 'METERED';
  const work = makeWork(context, seed, {
    kind: 'session',
    arn: formatArn(options.accountId, 'session', id),
    deviceIndex: 0,
    platform: seed.platform ?? 'ANDROID',
    billing,
    createdAt: seed.created ?? options.now(),
    seededAt: options.now(),
    lastsMinutes: seed.sessionMinutes ?? Number.POSITIVE_INFINITY,
    timeoutMinutes: seed.timeoutMinutes ?? 150,
    queueLimitMinutes: options.queueLimitMinutes,
    prepareMinutes: 0.5,
    setupMinutes: 0,
    schedule: seed.schedule ?? 'forced',
  });
  const session: SessionRecord = {
    kind: 'session',
    name: seed.name ?? 'session',
    billingMethod: billing,
    ...work,
  };
  project.sessions.push(session);
  farm.register(session, options.now());
  setTags(farm, session.arn, seed.tags);
  return session;
}
