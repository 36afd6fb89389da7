import { type DeviceFarmClient, ListTagsForResourceCommand } from '@aws-sdk/client-device-farm';
import type { Tags } from '../../ports.ts';
import { describeError } from '../describe-error.ts';
import { patiently } from './patiently.ts';
import { READ_RATE, REAL_TIME, type Time } from './rate-limiter.ts';

/** Tags of Device Farm's resources, below the rate limit of their API. */
export function tags(client: DeviceFarmClient, time: Time = REAL_TIME): Tags {
  const ask = patiently(READ_RATE, time);
  return {
    async of(arn) {
      try {
        const reply = await ask(() => client.send(new ListTagsForResourceCommand({ ResourceARN: arn })));
        const pairs = (reply.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''] as const);
        return { state: 'found', value: Object.fromEntries(pairs) };
      } catch (error) {
        const described = describeError(error);
        return described.kind === 'notFound' ? { state: 'gone' } : { state: 'unreadable', error: described };
      }
    },
  };
}
