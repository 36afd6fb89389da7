import type { z } from 'zod';
import { formatMinutesApart } from '../money.ts';
import { plain } from '../text.ts';
import { compare, type Fields, NO_RUN, type RuleType } from './rule.ts';

function schema({ rule, minutes }: Fields) {
  return rule('run-minutes', 'All devices of one run together used more than maxMinutes.', {
    maxMinutes: minutes.describe('Device minutes that all devices of one run may use together.'),
  });
}

/** All devices of one run together used more than `maxMinutes`: every job of the run that has not ended is over. */
export const runMinutes = {
  type: 'run-minutes',
  isWatchedByBreaker: true,
  schema,
  describe: ({ maxMinutes }) => `a run whose devices together used more than ${maxMinutes} min`,
  judge:
    (rule) =>
    ({ run }) => {
      if (!run) return NO_RUN;
      return compare(run.minutes.total, rule.maxMinutes, () => {
        const [used, limit] = formatMinutesApart(run.minutes.total, rule.maxMinutes);
        const devices = `${run.devices} ${run.devices === 1 ? 'device' : 'devices'}`;
        return `run "${plain(run.name)}" used ${used} on ${devices}; limit ${limit} (rule ${rule.id})`;
      });
    },
} satisfies RuleType<z.output<ReturnType<typeof schema>>>;
