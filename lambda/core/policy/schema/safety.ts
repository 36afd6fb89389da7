import { z } from 'zod';

const breaker = z
  .strictObject({
    percentOfActive: z
      .number()
      .positive()
      .max(100)
      .default(50)
      .describe(
        'Percentage of the work in flight, rounded down, that may newly be over at once; 100 never holds.',
      ),
    minimumActive: z
      .int()
      .positive()
      .default(10)
      .describe('Jobs and sessions in flight from which the breaker looks at them.'),
    holdMinutes: z.number().positive().default(30).describe('Minutes for which it holds stops.'),
  })
  .prefault({})
  .describe('Holds stops for a while when too much is newly over a duration, queue or stall rule at once.');

/** What holds the guard itself back. */
export const safetySchema = z
  .strictObject({
    maxStopsPerHour: z
      .int()
      .positive()
      .default(200)
      .describe(
        'Most stops by rules and messages of AWS in a rolling hour; the rest is held and made later.',
      ),
    breaker,
    confirmWithinMinutes: z
      .number()
      .positive()
      .default(10)
      .describe('Minutes after an accepted stop before the same work may be asked to stop again.'),
    maxAttempts: z
      .int()
      .positive()
      .max(100)
      .default(3)
      .describe('Attempts to stop one job or session before somebody is told that it cannot be stopped.'),
  })
  .prefault({})
  .describe('Limits on what the guard itself may do.');
