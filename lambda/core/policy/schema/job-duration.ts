import { z } from 'zod';
import { minutes } from './fields.ts';
import { ruleKeys } from './rule-keys.ts';

/** How long one job or session may run. */
export const jobDurationSchema = z
  .strictObject({
    ...ruleKeys,
    type: z.literal('job-duration').describe('The kind of rule.'),
    maxMinutes: minutes.describe('Minutes a job or session may be RUNNING.'),
  })
  .meta({ title: 'job-duration', description: 'One job or session RUNNING longer than maxMinutes.' });
