import { z } from 'zod';
import { minutes } from './fields.ts';
import { ruleKeys } from './rule-keys.ts';

/** How long one job or session may wait for a device. */
export const queueAgeSchema = z
  .strictObject({
    ...ruleKeys,
    type: z.literal('queue-age').describe('The kind of rule.'),
    maxMinutes: minutes.describe('Minutes a job or session may be queued, counted from its creation.'),
  })
  .meta({ title: 'queue-age', description: 'Queued longer than maxMinutes since it was created.' });
