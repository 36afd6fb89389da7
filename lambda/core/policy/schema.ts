import { z } from 'zod';
import { budgetSchema } from './schema/budget.ts';
import { elasticSchema } from './schema/elastic.ts';
import { exemptionSchema } from './schema/exemption.ts';
import { ianaZone, mode, ZONE_ALLOWED } from './schema/fields.ts';
import { jobDurationSchema } from './schema/job-duration.ts';
import { manualStopSchema } from './schema/manual-stop.ts';
import type { matchSchema } from './schema/match.ts';
import { queueAgeSchema } from './schema/queue-age.ts';
import { runMinutesSchema } from './schema/run-minutes.ts';
import { safetySchema } from './schema/safety.ts';
import { stalledSchema } from './schema/stalled.ts';
import { supersededSchema } from './schema/superseded.ts';
import { windowSchema } from './schema/window.ts';

/**
 * The whole policy file: the one definition from which the checker, the types and `policy.schema.json` come. Each rule and
 * each part of the file is defined in `schema/`. `describe` is what editors show; `allowed` is what a fault says is
 * allowed, where the schema alone does not tell. Minutes are device minutes, money is US dollars.
 */
export const policySchema = z
  .strictObject({
    version: z.literal(1).describe('Version of this file format.'),
    mode: mode.default('observe').describe('observe: decide and record, stop nothing. enforce: stop.'),
    timezone: ianaZone.default('UTC').meta({
      description: 'IANA time zone in which the periods of budgets begin.',
      allowed: ZONE_ALLOWED,
    }),
    pricePerMeteredMinute: z
      .number()
      .nonnegative()
      .max(1_000)
      .default(0.17)
      .describe('US dollars per metered device minute (https://aws.amazon.com/device-farm/pricing/).'),
    rules: z
      .array(
        z.discriminatedUnion('type', [
          jobDurationSchema,
          runMinutesSchema,
          queueAgeSchema,
          windowSchema,
          supersededSchema,
          stalledSchema,
          elasticSchema,
          budgetSchema,
        ]),
      )
      .min(1)
      .max(100)
      .describe('What must not happen. Each rule looks at every job and session that it matches.'),
    exemptions: z
      .array(exemptionSchema)
      .max(200)
      .default([])
      .describe('Work that must not be stopped for a time.'),
    safety: safetySchema,
    manualStop: manualStopSchema,
  })
  .meta({
    title: 'Policy of the auto-stop controller for AWS Device Farm',
    description: 'Which Device Farm work may run for how long and at what cost.',
  });

/** What a person may write: defaults can be left out. */
export type PolicyInput = z.input<typeof policySchema>;
/** The policy with every default filled in. */
export type Policy = z.output<typeof policySchema>;
export type Rule = Policy['rules'][number];
export type BudgetRule = Extract<Rule, { type: 'budget' }>;
export type LimitRule = Extract<Rule, { type: 'job-duration' | 'run-minutes' | 'queue-age' }>;
export type SupersededRule = Extract<Rule, { type: 'superseded' }>;
export type ElasticRule = Extract<Rule, { type: 'elastic' }>;
export type StalledRule = Extract<Rule, { type: 'stalled' }>;
export type WindowRule = Extract<Rule, { type: 'window' }>;
export type Match = z.output<typeof matchSchema>;
export type Exemption = Policy['exemptions'][number];
