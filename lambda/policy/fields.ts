import { z } from 'zod';
import { isTimeZone } from './zones.ts';

/** The fields of which the policy and the schemas of its rules are made. Only the checker of policies loads this file. */
export { z } from 'zod';

/** Name of an entry of a list. */
export const id = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/)
  .meta({
    description: 'Name of this entry, unique in its list. It stands in every audit record.',
    allowed: 'lower-case letters, digits and inner dashes, 1 to 64 long',
  });

/** Names as a person writes them, one of which must match. */
const globs = z
  .array(
    z.string().min(1).max(256).describe('A name, with * for any text and ? for one character. Case matters.'),
  )
  .min(1)
  .max(50);

/** A moment, in any offset. */
export const instant = z.iso.datetime({ offset: true }).meta({
  allowed: 'an ISO 8601 time with an offset, such as "2030-01-01T00:00:00Z"',
});

/** A duration in minutes, above 0. */
export const minutes = z.number().positive().max(100_000);

/** A duration in hours. At most 31 days: the audit trail keeps what people asked for a day longer than it can hold. */
export const hours = z.number().positive().max(744);

/** Whether stops are only recorded, or made. */
export const mode = z.enum(['observe', 'enforce']);

/** The name of a time zone that this machine knows. */
export const zone = z.string().refine(isTimeZone);

/** What is allowed where a time zone stands. */
export const ZONE_ALLOWED = 'an IANA time zone such as UTC or Europe/Berlin';

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
export const match = z
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

/** The schema of a rule: the keys that every rule has, its type, and its own keys. */
export function rule<const T extends string, S extends z.ZodRawShape>(
  type: T,
  description: string,
  shape: S,
) {
  return z
    .strictObject({
      id,
      match: match.prefault({}),
      mode: mode
        .optional()
        .describe(
          'observe: this rule only records what it would stop. A rule can weaken the mode of the policy, never strengthen it.',
        ),
      type: z.literal(type).describe('The kind of rule.'),
      ...shape,
    })
    .meta({ title: type, description });
}
