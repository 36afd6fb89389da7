import type { z as Zod } from 'zod';
import { type AnyRuleType, RULES, type Rule, type RuleInput } from '../rules/rules.ts';
import * as fields from './fields.ts';

const { z, id, instant, hours, match, mode, zone, ZONE_ALLOWED } = fields;

/** Work that must not be stopped, until when, by whom and why. */
const exemption = z
  .strictObject({
    id,
    match,
    until: instant.describe('When the exemption ends. Every exemption ends.'),
    owner: z.string().min(1).max(200).describe('Who answers for it.'),
    reason: z.string().min(1).max(500).describe('Why the work must not be stopped.'),
  })
  .describe('Work that rules must not stop until a given time.');

const tagExemption = z
  .strictObject({
    maxDays: z
      .number()
      .nonnegative()
      .max(31)
      .default(7)
      .describe('Days after its first sight for which a tag protects at most. 0: tags protect nothing.'),
  })
  .prefault({})
  .describe('What the tag autostop:exempt-until of a run or project may do.');

const trigger = z
  .strictObject({
    name: z.string().min(1).max(255).describe('Exact name of the AWS budget or CloudWatch alarm.'),
    stop: z.enum(['queued', 'all']).describe('queued: only work that has not started. all: everything.'),
  })
  .describe('A budget or alarm, and what its message stops.');

const alarm = z
  .strictObject({
    ...trigger.shape,
    arn: z
      .string()
      .regex(/^arn:aws:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.{1,255}$/)
      .optional()
      .meta({
        description: 'ARN of the alarm; its message must then carry it.',
        allowed: 'the ARN of a CloudWatch alarm',
      }),
  })
  .describe('An alarm, and what its message stops.');

/** Which messages may stop work, and how long a message may hold stops back. */
const manualStop = z
  .strictObject({
    budgets: z
      .array(trigger)
      .max(50)
      .default([])
      .describe('AWS Budgets whose alerts of type ACTUAL may stop work.'),
    alarms: z.array(alarm).max(50).default([]).describe('CloudWatch alarms that may stop work.'),
    maxExemptHours: hours
      .default(72)
      .describe('Hours that an exemption granted by message may last at most.'),
    maxPauseHours: hours
      .default(24)
      .describe('Hours that a pause lasts at most, and lasts when its message names no end.'),
    maxExtendMinutes: z
      .number()
      .positive()
      .max(1_440)
      .default(60)
      .describe('Minutes by which one message may extend the limit of a job or session at most.'),
    maxExtensions: z
      .int()
      .min(0)
      .max(20)
      .default(2)
      .describe('How often the limit of one job or session may be extended; 0: never.'),
  })
  .prefault({})
  .describe(
    'Messages that may stop work, pause, exempt or extend. A budget or alarm that is not listed stops nothing.',
  );

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

/** What limits AutoStop itself. */
const safety = z
  .strictObject({
    maxStopsPerHour: z
      .int()
      .positive()
      .default(200)
      .describe('Most stops by rules and AWS messages in a rolling hour; the rest is held and made later.'),
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
      .describe('Attempts to stop one job or session before a notification says that it cannot be stopped.'),
  })
  .prefault({})
  .describe('Limits on what AutoStop itself may do.');

/**
 * The whole policy file: the one definition from which the checker, the types and `policy.schema.json` come. `describe` is what
 * editors show; `allowed` is what a fault says is allowed, where the schema alone does not say it. Minutes are device minutes.
 */
export function policySchemaFor(types: readonly AnyRuleType[]) {
  // Each type gives a schema with the literal of its own `type`; the array loses that in its element type.
  const schemas = types.map((type) => type.schema(fields)) as unknown as [Zod.ZodObject, ...Zod.ZodObject[]];
  const rule = z.discriminatedUnion('type', schemas) as unknown as Zod.ZodType<Rule, RuleInput>;
  return z
    .strictObject({
      version: z.literal(1).describe('Version of this file format.'),
      mode: mode.default('observe').describe('observe: decide and record, stop nothing. enforce: stop.'),
      timezone: zone.default('UTC').meta({
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
        .array(rule)
        .min(1)
        .max(100)
        .describe('What must not happen. Each rule looks at every job and session that it matches.'),
      exemptions: z
        .array(exemption)
        .max(200)
        .default([])
        .describe('Work that must not be stopped for a time.'),
      tagExemption,
      safety,
      manualStop,
    })
    .meta({
      title: 'Policy of AutoStop for AWS Device Farm',
      description: 'Which Device Farm work may run for how long and at what cost.',
    });
}

export const policySchema = policySchemaFor(RULES as unknown as readonly AnyRuleType[]);

/** A policy as a person writes it: what has a default can be left out. `docs/policy-reference.md` has every key. */
export interface PolicyInput extends Zod.input<typeof policySchema> {}
/** A policy that is valid, with every default filled in. `docs/policy-reference.md` has every key. */
export interface Policy extends Zod.output<typeof policySchema> {}
