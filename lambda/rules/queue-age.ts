import type { z } from 'zod';
import { formatMinutesApart } from '../money.ts';
import { plain } from '../text.ts';
import { MINUTE } from '../time.ts';
import { compare, type Fields, notApplicable, type RuleType } from './rule.ts';

function schema({ rule, minutes }: Fields) {
  return rule('queue-age', 'Queued longer than maxMinutes since it was created.', {
    maxMinutes: minutes.describe('Minutes a job or session may be queued, counted from its creation.'),
  });
}

/** Queued longer than `maxMinutes` since it was created. It holds only while the work is queued: started work is not stuck. */
export const queueAge = {
  type: 'queue-age',
  isWatchedByBreaker: true,
  schema,
  describe: ({ maxMinutes }) => `a job or session that is queued for more than ${maxMinutes} min`,
  judge:
    (rule, { now }) =>
    (item) => {
      if (item.phase !== 'queued')
        return notApplicable(() => `is ${item.status || 'without a status'}, not queued`);
      if (item.created === undefined) return notApplicable('does not say when it was created');
      const waited = (now - item.created) / MINUTE;
      return compare(
        waited,
        rule.maxMinutes,
        () => {
          const [shown, limit] = formatMinutesApart(Math.max(0, waited), rule.maxMinutes);
          return `waited ${shown} for ${plain(item.device)} (${item.status}); limit ${limit} (rule ${rule.id})`;
        },
        'queued',
      );
    },
} satisfies RuleType<z.output<ReturnType<typeof schema>>>;
