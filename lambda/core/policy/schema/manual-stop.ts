import { z } from 'zod';
import { hours } from './fields.ts';

const trigger = z
  .strictObject({
    name: z.string().min(1).max(255).describe('Exact name of the AWS budget or CloudWatch alarm.'),
    stop: z.enum(['queued', 'all']).describe('queued: only work that has not started. all: everything.'),
  })
  .describe('A budget or alarm, and what its message stops.');

/** Which messages may stop work, and how long a message may hold the guard back. */
export const manualStopSchema = z
  .strictObject({
    budgets: z
      .array(trigger)
      .max(50)
      .default([])
      .describe('AWS Budgets whose alerts of type ACTUAL may stop work.'),
    alarms: z.array(trigger).max(50).default([]).describe('CloudWatch alarms that may stop work.'),
    maxExemptHours: hours
      .default(72)
      .describe('Hours that an exemption granted by message may last at most.'),
    maxPauseHours: hours
      .default(24)
      .describe('Hours that a pause lasts at most, and lasts when its message names no end.'),
  })
  .prefault({})
  .describe(
    'Messages that may stop work or steer the guard. A budget or alarm that is not listed stops nothing.',
  );
