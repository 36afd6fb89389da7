import { z } from 'zod';
import { minutes } from './fields.ts';
import { ruleKeys } from './rule-keys.ts';

/** How long a job that moved counters may move none. */
export const stalledSchema = z
  .strictObject({
    ...ruleKeys,
    type: z.literal('stalled').describe('The kind of rule.'),
    maxMinutes: minutes.describe('Minutes that no counter of a RUNNING job may move.'),
  })
  .meta({
    title: 'stalled',
    description: 'RUNNING, and no counter moved for maxMinutes, of a job that has been seen to move one.',
  });
