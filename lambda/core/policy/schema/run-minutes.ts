import { z } from 'zod';
import { minutes } from './fields.ts';
import { ruleKeys } from './rule-keys.ts';

/** What all devices of one run may use together. */
export const runMinutesSchema = z
  .strictObject({
    ...ruleKeys,
    type: z.literal('run-minutes').describe('The kind of rule.'),
    maxMinutes: minutes.describe('Device minutes that all devices of one run may use together.'),
  })
  .meta({ title: 'run-minutes', description: 'All devices of one run together used more than maxMinutes.' });
