import type { z } from 'zod';
import { formatMinutes, formatMinutesApart } from '../money.ts';
import { plain } from '../text.ts';
import { compare, extendedBy, type Fields, minutesRun, NO_BEGIN, notRunning, type RuleType } from './rule.ts';

function schema({ rule, minutes }: Fields) {
  return rule('job-duration', 'One job or session RUNNING longer than maxMinutes.', {
    maxMinutes: minutes.describe('Minutes a job or session may be RUNNING.'),
    warnMinutes: minutes.optional().meta({
      description: 'Minutes before the stop from which people are warned, so that they can extend the limit.',
      allowed: 'a number above 0 and below maxMinutes',
    }),
  }).refine(({ maxMinutes, warnMinutes }) => warnMinutes === undefined || warnMinutes < maxMinutes, {
    path: ['warnMinutes'],
  });
}

/**
 * A job or session RUNNING longer than `maxMinutes`. Only RUNNING has a duration: waiting for a device and preparing it are not the
 * test's time.
 */
export const jobDuration = {
  type: 'job-duration',
  isWatchedByBreaker: true,
  schema,
  describe: ({ maxMinutes }) => `a job or session that is RUNNING for more than ${maxMinutes} min`,
  judge:
    (rule, { now, extensions }) =>
    (item) => {
      const other = notRunning(item);
      if (other) return other;
      const ran = minutesRun(item, now);
      if (ran === undefined) return NO_BEGIN;
      const extended = extendedBy(item, extensions);
      const most = rule.maxMinutes + extended;
      return compare(ran, most, () => {
        const since = item.runningSinceSource === 'observed' ? ' since it was first seen RUNNING' : '';
        const [used, limit] = formatMinutesApart(ran, most);
        return `ran ${used}${since} on ${plain(item.device)}; limit ${limit}${extended > 0 ? `, extended by ${formatMinutes(extended)}` : ''} (rule ${rule.id})`;
      });
    },
} satisfies RuleType<z.output<ReturnType<typeof schema>>>;
