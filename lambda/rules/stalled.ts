import type { z } from 'zod';
import { formatMinutesApart } from '../money.ts';
import { plain } from '../text.ts';
import { MINUTE } from '../time.ts';
import { compare, type Fields, notApplicable, notRunning, type RuleType } from './rule.ts';

function schema({ rule, minutes }: Fields) {
  return rule(
    'stalled',
    'RUNNING, and no counter moved for maxMinutes, of a job that has been seen to move one.',
    { maxMinutes: minutes.describe('Minutes that no counter of a RUNNING job may move.') },
  );
}

const NO_TESTS = notApplicable('is a session; it has no tests that could stall');
const NEVER_MOVED = notApplicable('has not been seen to move a counter while RUNNING');

/**
 * A job RUNNING of which no counter, of tests or of device minutes, has moved for `maxMinutes`. In every public sample the counters of
 * jobs in flight stay at zero. So the rule does not apply until a counter of the job has been seen to rise.
 */
export const stalled = {
  type: 'stalled',
  isWatchedByBreaker: true,
  schema,
  describe: ({ maxMinutes }) =>
    `a job that is RUNNING and has moved no counter for more than ${maxMinutes} min, once it was seen to move one`,
  judge:
    (rule, { now }) =>
    (item) => {
      if (item.kind === 'session') return NO_TESTS;
      const other = notRunning(item);
      if (other) return other;
      const { progress } = item;
      if (!progress?.rose) return NEVER_MOVED;
      const still = Math.max(0, (now - progress.since) / MINUTE);
      return compare(still, rule.maxMinutes, () => {
        const [shown, limit] = formatMinutesApart(still, rule.maxMinutes);
        return `no counter moved for ${shown} on ${plain(item.device)}; limit ${limit} (rule ${rule.id})`;
      });
    },
} satisfies RuleType<z.output<ReturnType<typeof schema>>>;
