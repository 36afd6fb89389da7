import { z } from 'zod';
import { HISTORY_SIZE } from '../../inventory/run-history.ts';
import { minutes } from './fields.ts';
import { ruleKeys } from './rule-keys.ts';

/** How much longer than usual a job may run. */
export const elasticSchema = z
  .strictObject({
    ...ruleKeys,
    type: z.literal('elastic').describe('The kind of rule.'),
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
  })
  .refine(({ of, minimumHistory }) => minimumHistory <= of, { path: ['minimumHistory'] })
  .meta({
    title: 'elastic',
    description: 'RUNNING for longer than jobs of the same run name and device usually are.',
  });
