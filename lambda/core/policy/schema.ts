import { z } from 'zod';
import { HISTORY_SIZE } from '../run-history.ts';
import { isKeyPattern } from './run-name-key.ts';
import { isTimeZone } from './time-zone.ts';
import { WEEKDAYS } from './weekly-hours.ts';

/**
 * The policy file: the one definition from which the checker, the types and `policy.schema.json` come.
 * `describe` is what editors show; `allowed` is what a fault says is allowed, where the schema alone does not tell.
 */
const id = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/)
  .meta({
    description: 'Name of this entry, unique in its list. It stands in every audit record.',
    allowed: 'lower-case letters, digits and inner dashes, 1 to 64 long',
  });
const globs = z
  .array(
    z.string().min(1).max(256).describe('A name, with * for any text and ? for one character. Case matters.'),
  )
  .min(1)
  .max(50);
const instant = z.iso.datetime({ offset: true }).meta({
  allowed: 'an ISO 8601 time with an offset, such as "2026-12-01T00:00:00Z"',
});
const minutes = z.number().positive().max(100_000);
/** At most 31 days: the audit trail keeps what people asked for at least a day longer than it can hold. */
const hours = z.number().positive().max(744);
const mode = z.enum(['observe', 'enforce']);
const ianaZone = z.string().refine(isTimeZone);
const ZONE_ALLOWED = 'an IANA time zone such as UTC or Europe/Berlin';

/** The values of `platform` in Device Farm's API (https://docs.aws.amazon.com/devicefarm/latest/APIReference/API_Run.html). */
const platform = z.enum(['ANDROID', 'IOS']).describe('A platform as Device Farm names it.');
/** The values of `type` in Device Farm's API (https://docs.aws.amazon.com/devicefarm/latest/APIReference/API_Run.html). */
const testType = z
  .enum([
    'APPIUM_JAVA_JUNIT',
    'APPIUM_JAVA_TESTNG',
    'APPIUM_NODE',
    'APPIUM_PYTHON',
    'APPIUM_RUBY',
    'APPIUM_WEB_JAVA_JUNIT',
    'APPIUM_WEB_JAVA_TESTNG',
    'APPIUM_WEB_NODE',
    'APPIUM_WEB_PYTHON',
    'APPIUM_WEB_RUBY',
    'BUILTIN_FUZZ',
    'INSTRUMENTATION',
    'XCTEST',
    'XCTEST_UI',
  ])
  .describe('A test type as Device Farm names it.');

/** Which work a rule or an exemption is about. */
export const matchSchema = z
  .strictObject({
    projects: globs.optional().describe('Project names; one of them must match (globs).'),
    runs: globs.optional().describe('Run names; one of them must match (globs). Never holds for a session.'),
    billing: z.enum(['metered', 'unmetered']).optional().describe('How Device Farm bills the work.'),
    platforms: z.array(platform).min(1).optional().describe('Platforms of the device, such as ANDROID.'),
    testTypes: z
      .array(testType)
      .min(1)
      .optional()
      .describe('Test types, such as APPIUM_NODE or XCTEST_UI. Never holds for a session.'),
    work: z.enum(['jobs', 'sessions']).optional().describe('Only jobs or only sessions; both when left out.'),
  })
  .describe('Which work this is about. Every key is optional; all given keys must hold.');

const common = {
  id,
  match: matchSchema.prefault({}),
  mode: mode
    .optional()
    .describe(
      'observe: this rule only records what it would stop. A rule can weaken the mode of the policy, never strengthen it.',
    ),
};

const jobDuration = z
  .strictObject({
    ...common,
    type: z.literal('job-duration').describe('The kind of rule.'),
    maxMinutes: minutes.describe('Minutes a job or session may be RUNNING.'),
  })
  .meta({ title: 'job-duration', description: 'One job or session RUNNING longer than maxMinutes.' });
const runMinutes = z
  .strictObject({
    ...common,
    type: z.literal('run-minutes').describe('The kind of rule.'),
    maxMinutes: minutes.describe('Device minutes that all devices of one run may use together.'),
  })
  .meta({ title: 'run-minutes', description: 'All devices of one run together used more than maxMinutes.' });
const queueAge = z
  .strictObject({
    ...common,
    type: z.literal('queue-age').describe('The kind of rule.'),
    maxMinutes: minutes.describe('Minutes a job or session may be queued, counted from its creation.'),
  })
  .meta({ title: 'queue-age', description: 'Queued longer than maxMinutes since it was created.' });

const stalled = z
  .strictObject({
    ...common,
    type: z.literal('stalled').describe('The kind of rule.'),
    maxMinutes: minutes.describe('Minutes that no counter of a RUNNING job may move.'),
  })
  .meta({
    title: 'stalled',
    description: 'RUNNING, and no counter moved for maxMinutes, of a job that has been seen to move one.',
  });
const elastic = z
  .strictObject({
    ...common,
    type: z.literal('elastic').describe('The kind of rule.'),
    percent: z
      .number()
      .min(100)
      .max(10_000)
      .describe('Percentage of the median duration that a job may be RUNNING.'),
    of: z.int().min(2).max(HISTORY_SIZE).default(10).describe('Successful jobs that the median is taken of.'),
    minimumHistory: z
      .int()
      .min(2)
      .max(HISTORY_SIZE)
      .default(5)
      .meta({
        description: 'Successful jobs without which the rule does not apply; not more than of.',
        allowed: `a whole number of at least 2 and at most ${HISTORY_SIZE}, and not above of`,
      }),
    floorMinutes: minutes
      .default(10)
      .describe('Minutes that a job may be RUNNING in any case, however short the median.'),
  })
  .refine(({ of, minimumHistory }) => minimumHistory <= of, { path: ['minimumHistory'] })
  .meta({
    title: 'elastic',
    description: 'RUNNING for longer than jobs of the same run name and device usually are.',
  });
const weeklyHours = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS).describe('A day of the week.'))
      .min(1)
      .max(7)
      .default([...WEEKDAYS])
      .describe('Days on which the hours begin; every day when left out.'),
    from: z
      .string()
      .regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/)
      .meta({
        description: 'When the hours begin, by the clock on the wall.',
        allowed: 'a time of day such as "07:00"',
      }),
    to: z
      .string()
      .regex(/^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/)
      .meta({
        description: 'When they end; at or before from: on the next day.',
        allowed: 'a time of day such as "20:00", or "24:00"',
      }),
  })
  .describe('Hours of some days of the week.');
const windowRule = z
  .strictObject({
    ...common,
    type: z.literal('window').describe('The kind of rule.'),
    allow: z.array(weeklyHours).min(1).max(50).describe('Hours of the week in which work may be in flight.'),
    timezone: ianaZone.optional().meta({
      description: 'IANA time zone of the hours; that of the policy when left out.',
      allowed: ZONE_ALLOWED,
    }),
    graceMinutes: z
      .number()
      .nonnegative()
      .max(1_440)
      .default(0)
      .describe('Minutes after the hours have ended until work is over.'),
  })
  .meta({ title: 'window', description: 'Queued or started outside the allowed hours of the week.' });
const superseded = z
  .strictObject({
    ...common,
    type: z.literal('superseded').describe('The kind of rule.'),
    key: z.string().min(1).max(256).refine(isKeyPattern).meta({
      description:
        'Takes the key from the name of a run: {key} once; around it * for any text, ? for one character, {number} for digits.',
      allowed: 'a pattern of at most 256 characters with {key} exactly once, such as "{key}-{number}"',
    }),
    apartMinutes: z
      .number()
      .nonnegative()
      .max(1_440)
      .default(5)
      .describe('Runs created at most so many minutes apart belong together: neither replaces the other.'),
  })
  .meta({
    title: 'superseded',
    description: 'Of a run that a newer run of the same key, also in flight, has replaced.',
  });

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
const budget = z
  .strictObject({
    ...common,
    type: z.literal('budget').describe('The kind of rule.'),
    period: z
      .enum(['day', 'week', 'month'])
      .describe('Begins at midnight in the time zone of the policy; weeks begin on Monday.'),
    limit,
    ignoreExemptions: z.boolean().default(false).describe('true: this budget stops exempt work too.'),
    thresholds: z.array(threshold).min(1).max(20).describe('What happens at which percentage of the limit.'),
  })
  .meta({ title: 'budget', description: 'What may be used in one day, week or month.' });

const exemption = z
  .strictObject({
    id,
    match: matchSchema,
    until: instant.describe('When the exemption ends. Every exemption ends.'),
    owner: z.string().min(1).max(200).describe('Who answers for it.'),
    reason: z.string().min(1).max(500).describe('Why the work must not be stopped.'),
  })
  .describe('Work that rules must not stop until a given time.');

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
const safety = z
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

const trigger = z
  .strictObject({
    name: z.string().min(1).max(255).describe('Exact name of the AWS budget or CloudWatch alarm.'),
    stop: z.enum(['queued', 'all']).describe('queued: only work that has not started. all: everything.'),
  })
  .describe('A budget or alarm, and what its message stops.');
const manualStop = z
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

/** The whole file. Minutes are device minutes, money is US dollars. */
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
          jobDuration,
          runMinutes,
          queueAge,
          windowRule,
          superseded,
          stalled,
          elastic,
          budget,
        ]),
      )
      .min(1)
      .max(100)
      .describe('What must not happen. Each rule looks at every job and session that it matches.'),
    exemptions: z.array(exemption).max(200).default([]).describe('Work that must not be stopped for a time.'),
    safety,
    manualStop,
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
