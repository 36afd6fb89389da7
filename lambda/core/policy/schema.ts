import { z } from 'zod';

const id = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, {
    error: 'lower-case letters, digits and dashes, 1 to 64 long',
  })
  .describe('Name of this entry, unique in the file. It stands in every audit record.');
const globs = z
  .array(z.string().min(1).max(256))
  .min(1)
  .max(50)
  .describe('Names, with * for any text and ? for one character. Case matters.');
const instant = z.iso
  .datetime({ offset: true })
  .describe('ISO 8601 time with an offset, such as 2026-12-01T00:00:00Z.');
const minutes = z.number().positive().max(100_000);
const percent = z.number().positive().max(1_000);

export const matchSchema = z
  .strictObject({
    projects: globs.optional().describe('Project names (globs).'),
    runs: globs.optional().describe('Run names (globs). Never holds for a session.'),
    billing: z.enum(['metered', 'unmetered']).optional().describe('How Device Farm bills the work.'),
    platforms: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('ANDROID or IOS, as Device Farm reports them.'),
    testTypes: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Test types such as APPIUM_NODE or XCTEST_UI. Never holds for a session.'),
    work: z.enum(['jobs', 'sessions']).optional().describe('Only jobs or only sessions; both when left out.'),
  })
  .describe('Which work this is about. Every key is optional; all given keys must hold.');

const mode = z.enum(['observe', 'enforce']);
const common = {
  id,
  match: matchSchema.prefault({}),
  mode: mode
    .optional()
    .describe(
      'observe: this rule only records what it would stop. A rule can weaken the global mode, never strengthen it.',
    ),
};

const jobDuration = z
  .strictObject({
    ...common,
    type: z.literal('job-duration'),
    maxMinutes: minutes.describe('Minutes a job or session may be RUNNING.'),
  })
  .describe('One job or session RUNNING longer than maxMinutes.');
const runMinutes = z
  .strictObject({
    ...common,
    type: z.literal('run-minutes'),
    maxMinutes: minutes.describe('Device minutes that all devices of one run may use together.'),
  })
  .describe('All devices of one run together used more than maxMinutes.');
const queueAge = z
  .strictObject({
    ...common,
    type: z.literal('queue-age'),
    maxMinutes: minutes.describe(
      'Minutes a job or session may wait in the queue, counted from its creation.',
    ),
  })
  .describe('Queued longer than maxMinutes since it was created.');

const limit = z
  .union([
    z.strictObject({ usd: z.number().positive().max(10_000_000) }),
    z.strictObject({ meteredMinutes: z.number().positive().max(100_000_000) }),
    z.strictObject({ minutes: z.number().positive().max(100_000_000) }),
  ])
  .describe(
    'usd: money for metered minutes. meteredMinutes: billed minutes. minutes: all device minutes, metered or not.',
  );
const threshold = z.strictObject({
  percent: percent.describe('Percent of the limit from which the action is taken.'),
  basis: z
    .enum(['spent'])
    .default('spent')
    .describe('spent: settled minutes plus the estimate for work in flight.'),
  action: z
    .enum(['notify', 'stop-queued', 'stop-all'])
    .describe(
      'notify: one message per period. stop-queued: stop what has not started. stop-all: stop started work too.',
    ),
});
const budget = z
  .strictObject({
    ...common,
    type: z.literal('budget'),
    period: z
      .enum(['day', 'week', 'month'])
      .describe('Begins at midnight in the policy time zone; weeks begin on Monday.'),
    limit,
    ignoreExemptions: z.boolean().default(false).describe('true: this budget also stops exempt work.'),
    thresholds: z.array(threshold).min(1).max(20),
  })
  .describe('What may be used in one day, week or month.');

const exemption = z.strictObject({
  id,
  match: matchSchema,
  until: instant.describe('When the exemption ends. Every exemption ends.'),
  owner: z.string().min(1).max(200).describe('Who answers for it.'),
  reason: z.string().min(1).max(500).describe('Why the work must not be stopped.'),
});

const safety = z
  .strictObject({
    maxStopsPerHour: z
      .int()
      .positive()
      .default(200)
      .describe('Most stops in a rolling hour. Accepted; not applied yet.'),
    breaker: z
      .strictObject({
        percentOfActive: z.number().positive().max(100).default(50),
        minimumActive: z.int().positive().default(10),
        holdMinutes: z.number().positive().default(30),
      })
      .prefault({})
      .describe('Holds a sudden wave of stops. Accepted; not applied yet.'),
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
      .describe('Attempts before giving up. Accepted; not applied yet.'),
  })
  .prefault({});

const trigger = z.strictObject({
  name: z.string().min(1).max(255).describe('Exact name of the AWS budget or CloudWatch alarm.'),
  stop: z.enum(['queued', 'all']).describe('queued: only work that has not started. all: everything.'),
});
const manualStop = z
  .strictObject({
    budgets: z.array(trigger).max(50).default([]).describe('AWS Budgets whose ACTUAL alerts may stop work.'),
    alarms: z.array(trigger).max(50).default([]).describe('CloudWatch alarms that may stop work.'),
  })
  .prefault({});

/**
 * The policy file: the one definition from which the checker, the types and `policy.schema.json` come.
 * Minutes are device minutes, money is US dollars.
 */
export const policySchema = z.strictObject({
  version: z.literal(1),
  mode: mode.default('observe').describe('observe: decide and record, stop nothing. enforce: stop.'),
  timezone: z.string().default('UTC').describe('IANA time zone in which budget periods begin.'),
  pricePerMeteredMinute: z
    .number()
    .nonnegative()
    .max(1_000)
    .default(0.17)
    .describe('US dollars per metered device minute (https://aws.amazon.com/device-farm/pricing/).'),
  rules: z.array(z.discriminatedUnion('type', [jobDuration, runMinutes, queueAge, budget])).max(100),
  exemptions: z.array(exemption).max(200).default([]),
  safety,
  manualStop,
});

/** What a person may write: defaults can be left out. */
export type PolicyInput = z.input<typeof policySchema>;
/** The policy with every default filled in. */
export type Policy = z.output<typeof policySchema>;
export type Rule = Policy['rules'][number];
export type BudgetRule = Extract<Rule, { type: 'budget' }>;
export type LimitRule = Exclude<Rule, BudgetRule>;
export type Match = z.output<typeof matchSchema>;
export type Exemption = Policy['exemptions'][number];
