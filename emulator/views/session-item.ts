import type { Farm } from '../farm.ts';
import type { JsonObject } from '../json.ts';
import type { Options } from '../options.ts';
import type { SessionRecord } from '../records.ts';
import { statusAt } from '../timeline.ts';
import { workMembers } from './job-item.ts';
import { minutesItem, minutesMember } from './minutes-member.ts';
import { withOverride } from './with-override.ts';

/** A remote access session as the API shows it at that moment; while RUNNING it has signed addresses, which are secrets. */
export function sessionItem(farm: Farm, options: Options, session: SessionRecord, now: number): JsonObject {
  const course = farm.course(session);
  const item = {
    ...workMembers(session, course, now),
    billingMethod: session.billingMethod,
    deviceMinutes: minutesItem(minutesMember(session, course, options, now)),
    ...(statusAt(course, now) === 'RUNNING' ? addressesOf(session) : {}),
  };
  return withOverride(item, session, now);
}

function addressesOf(session: SessionRecord): JsonObject {
  const secret = `X-Amz-Signature=emulated-secret-${session.key}`;
  return {
    deviceUdid: `UDID-${session.key}`,
    endpoints: {
      remoteDriverEndpoint: `https://devicefarm.invalid/driver?${secret}`,
      interactiveEndpoint: `wss://devicefarm.invalid/interactive?${secret}`,
    },
  };
}
