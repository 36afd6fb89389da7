import type { z } from 'zod';
import { formatMinutes, formatMinutesApart } from '../money.ts';
import { plain } from '../text.ts';
import { HISTORY_SIZE, historyKey, median } from '../usage/histories.ts';
import {
  compare,
  type Fields,
  minutesRun,
  NO_BEGIN,
  NO_RUN,
  notApplicable,
  notRunning,
  type RuleType,
} from './rule.ts';

function schema({ rule, minutes, z }: Fields) {
  return rule('elastic', 'RUNNING for longer than jobs of the same run name and device usually are.', {
    percent: z
      .number()
      .min(100)
      .max(10_000)
      .describe('Percentage of the median duration that a job may be RUNNING.'),
    of: z.int().min(2).max(HISTORY_SIZE).default(10).describe('Successful jobs that the median is taken of.'),
    minimumHistory: z
      .int()
      .min(2)
      .max(HISTORY_SIZE)
      .default(5)
      .meta({
        description: 'Successful jobs without which the rule does not apply; not more than of.',
        allowed: `a whole number of at least 2 and at most ${HISTORY_SIZE}, and not above of`,
      }),
    floorMinutes: minutes
      .default(10)
      .describe('Minutes that a job may be RUNNING in any case, however short the median.'),
  }).refine(({ of, minimumHistory }) => minimumHistory <= of, { path: ['minimumHistory'] });
}

/**
 * A job RUNNING longer than `percent` of the median of the last `of` successful jobs of the same run name and device, and never less
 * than `floorMinutes`. It does not apply with fewer than `minimumHistory` such jobs. Sessions have no run name.
 */
export const elastic = {
  type: 'elastic',
  isWatchedByBreaker: true,
  schema,
  describe: ({ percent, of, minimumHistory, floorMinutes }) =>
    `a job that is RUNNING for more than ${percent} % of the median of the last ${of} successful jobs of the same run name ` +
    `and device, and for more than ${floorMinutes} min; it needs ${minimumHistory} such jobs`,
  judge(rule, { now, histories }) {
    const usuals = new Map<readonly number[], number>();
    return (item) => {
      const { run } = item;
      if (!run) return NO_RUN;
      const other = notRunning(item);
      if (other) return other;
      const ran = minutesRun(item, now);
      if (ran === undefined) return NO_BEGIN;
      const known = histories.get(historyKey(item.project.arn, run.name, item.device)) ?? [];
      const history = known.slice(-rule.of);
      const jobs = () =>
        `successful ${history.length === 1 ? 'job' : 'jobs'} of run "${plain(run.name)}" on ${plain(item.device)}`;
      if (history.length < rule.minimumHistory) {
        return notApplicable(
          () => `has a history of ${history.length} ${jobs()}; ${rule.minimumHistory} are needed`,
        );
      }
      const usual = usuals.get(known) ?? median(history);
      usuals.set(known, usual);
      const limit = Math.max(rule.floorMinutes, (usual * rule.percent) / 100);
      return compare(ran, limit, () => {
        const [used, most] = formatMinutesApart(ran, limit);
        return `ran ${used}; limit ${most}, from ${rule.percent} % of ${formatMinutes(usual)}, the median of ${history.length} ${jobs()} (rule ${rule.id})`;
      });
    };
  },
} satisfies RuleType<z.output<ReturnType<typeof schema>>>;
