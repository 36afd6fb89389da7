import { z } from 'zod';
import { ruleKeys } from './rule-keys.ts';

const limit = z
  .union([
    z.strictObject({
      usd: z.number().positive().max(10_000_000).describe('US dollars for metered device minutes.'),
    }),
    z.strictObject({
      meteredMinutes: z.number().positive().max(100_000_000).describe('Device minutes that are billed.'),
    }),
    z.strictObject({
      minutes: z.number().positive().max(100_000_000).describe('Device minutes, metered or not.'),
    }),
  ])
  .meta({
    description: 'What the period may use, in one of three units.',
    allowed: 'exactly one of usd, meteredMinutes and minutes, such as { usd: 50 }',
  });

const threshold = z
  .strictObject({
    percent: z
      .number()
      .positive()
      .max(1_000)
      .describe('The action is taken while the figure is above this percentage of the limit.'),
    basis: z
      .enum(['spent', 'committed', 'forecast'])
      .default('spent')
      .describe(
        'spent: settled minutes plus the estimate for work in flight. committed: that, plus what work in flight can still use before its timeout. forecast: the burn rate of the period carried to its end; only with notify.',
      ),
    action: z
      .enum(['notify', 'stop-queued', 'stop-all'])
      .describe(
        'notify: one message per period. stop-queued: stop what has not started. stop-all: stop started work too.',
      ),
  })
  .describe('A percentage of the limit and what happens above it.');

/** What may be used in a period, and what happens above it. */
export const budgetSchema = z
  .strictObject({
    ...ruleKeys,
    type: z.literal('budget').describe('The kind of rule.'),
    period: z
      .enum(['day', 'week', 'month'])
      .describe('Begins at midnight in the time zone of the policy; weeks begin on Monday.'),
    limit,
    ignoreExemptions: z.boolean().default(false).describe('true: this budget stops exempt work too.'),
    thresholds: z.array(threshold).min(1).max(20).describe('What happens at which percentage of the limit.'),
  })
  .meta({ title: 'budget', description: 'What may be used in one day, week or month.' });
