import { z } from 'zod';
import { globs } from './fields.ts';

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
