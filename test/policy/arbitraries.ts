import fc from 'fast-check';
import type { Usage, WorkItem } from '../../lambda/model.ts';
import type { Match } from '../../lambda/policy/match.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';

const minutes = { total: 0, metered: 0, unmetered: 0 };
const name = fc.stringMatching(/^[ab]{0,3}$/);
const billing = fc.constantFrom('metered', 'unmetered', 'unknown');
const platform = fc.constantFrom(undefined, 'ANDROID', 'IOS', 'ANDROID_APP', 'IOS_APP', 'FUCHSIA');
const testType = fc.constantFrom(undefined, 'APPIUM_NODE', 'XCTEST_UI', 'NEW_TYPE');

/** Globs and names over two letters, so that they often match. */
export const glob = fc.stringMatching(/^[ab*?]{0,6}$/);
export const text = fc.stringMatching(/^[ab]{0,8}$/);

export const match: fc.Arbitrary<Match> = fc.record(
  {
    projects: fc.array(fc.stringMatching(/^[ab*?]{1,3}$/), { minLength: 1, maxLength: 3 }),
    runs: fc.array(fc.stringMatching(/^[ab*?]{1,3}$/), { minLength: 1, maxLength: 3 }),
    billing: fc.constantFrom('metered', 'unmetered'),
    platforms: fc.subarray<'ANDROID' | 'IOS'>(['ANDROID', 'IOS'], { minLength: 1 }),
    testTypes: fc.subarray<'APPIUM_NODE' | 'XCTEST_UI'>(['APPIUM_NODE', 'XCTEST_UI'], { minLength: 1 }),
    work: fc.constantFrom('jobs', 'sessions'),
  },
  { requiredKeys: [] },
);

/** A job or session with what a match looks at, known or not. */
export const item: fc.Arbitrary<WorkItem> = fc
  .record({ session: fc.boolean(), project: name, run: fc.option(name), billing, platform, testType })
  .map((facts) => ({
    arn: 'arn',
    kind: facts.session ? 'session' : 'job',
    name: 'Google Pixel 8',
    device: 'Google Pixel 8',
    project: { arn: 'arn', name: facts.project },
    ...(facts.run === null || facts.session
      ? {}
      : { run: { arn: 'arn', name: facts.run, minutes, devices: 1 } }),
    status: 'RUNNING',
    phase: 'started',
    billing: facts.billing,
    minutes,
    ...(facts.platform ? { platform: facts.platform } : {}),
    ...(facts.testType ? { testType: facts.testType } : {}),
  }));

/** The usage of an item: the same facts, as a budget sees them. */
export function usageOf(work: WorkItem): Usage {
  return {
    arn: work.arn,
    kind: work.kind === 'job' ? 'run' : 'session',
    project: work.project,
    ...(work.run ? { run: work.run.name } : {}),
    ...(work.platform ? { platform: work.platform } : {}),
    ...(work.testType ? { testType: work.testType } : {}),
    billing: work.billing,
    created: 0,
    minutes,
    basis: 'inFlight',
  };
}

const limit = fc.oneof(
  fc.record({ usd: fc.integer({ min: 1, max: 999 }) }),
  fc.record({ meteredMinutes: fc.integer({ min: 1, max: 999 }) }),
  fc.record({ minutes: fc.integer({ min: 1, max: 999 }) }),
);
const maxMinutes = fc.integer({ min: 1, max: 100_000 });
const common = { match, mode: fc.constantFrom('observe', 'enforce') };
const hours = fc.record(
  {
    days: fc.subarray(['mon', 'wed', 'sun'], { minLength: 1 }),
    from: fc.constantFrom('00:00', '23:59'),
    to: fc.constantFrom('07:30', '24:00'),
  },
  { requiredKeys: ['from', 'to'] },
);
const rule = fc.oneof(
  fc.record(
    {
      ...common,
      type: fc.constant('elastic'),
      percent: fc.integer({ min: 100, max: 10_000 }),
      of: fc.integer({ min: 5, max: 20 }),
      minimumHistory: fc.integer({ min: 2, max: 5 }),
      floorMinutes: maxMinutes,
    },
    { requiredKeys: ['type', 'percent'] },
  ),
  fc.record(
    {
      ...common,
      type: fc.constant('superseded'),
      key: fc.constantFrom('{key}', '{key}-{number}', '*/{key}#?'),
      apartMinutes: fc.integer({ min: 0, max: 1_440 }),
    },
    { requiredKeys: ['type'] },
  ),
  fc.record(
    {
      ...common,
      type: fc.constant('window'),
      allow: fc.array(hours, { minLength: 1, maxLength: 2 }),
      timezone: fc.constantFrom('UTC', 'Asia/Tokyo'),
      graceMinutes: fc.integer({ min: 0, max: 1_440 }),
    },
    { requiredKeys: ['type', 'allow'] },
  ),
  fc.record(
    { ...common, type: fc.constantFrom('job-duration', 'run-minutes', 'queue-age', 'stalled'), maxMinutes },
    { requiredKeys: ['type', 'maxMinutes'] },
  ),
  fc.record(
    {
      ...common,
      type: fc.constant('budget'),
      period: fc.constantFrom('day', 'week', 'month'),
      limit,
      ignoreExemptions: fc.boolean(),
      thresholds: fc.array(
        fc.record({
          percent: fc.integer({ min: 1, max: 1_000 }),
          basis: fc.constantFrom('spent', 'worst-case'),
          action: fc.constantFrom('notify', 'stop-queued', 'stop-all'),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    },
    { requiredKeys: ['type', 'period', 'limit', 'thresholds'] },
  ),
);
const rules = fc
  .array(rule, { minLength: 1, maxLength: 4 })
  .map((list) => list.map((one, index) => ({ ...one, id: `rule-${index}` })));
const exemptions = fc
  .array(fc.record({ match, until: fc.constant('2099-01-01T00:00:00+02:00'), owner: fc.constant('me') }), {
    maxLength: 2,
  })
  .map((list) => list.map((one, index) => ({ ...one, id: `exemption-${index}`, reason: 'release' })));

/** Valid policies, as a person may write them. */
export const policyInput = fc.record(
  {
    version: fc.constant(1),
    mode: fc.constantFrom('observe', 'enforce'),
    timezone: fc.constantFrom('UTC', 'Europe/Berlin'),
    pricePerMeteredMinute: fc.integer({ min: 0, max: 1_000 }),
    rules,
    exemptions,
    safety: fc.record({ maxAttempts: fc.integer({ min: 1, max: 100 }) }, { requiredKeys: [] }),
    tagExemption: fc.record({ maxDays: fc.integer({ min: 0, max: 31 }) }, { requiredKeys: [] }),
  },
  { requiredKeys: ['version', 'rules'] },
) satisfies fc.Arbitrary<unknown>;

/** The smallest policy, with other members on top. */
export function policyWith(
  others: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const smallest: PolicyInput = {
    version: 1,
    rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
  };
  return { ...smallest, ...others };
}

/** The smallest policy with one rule in the place of its own. */
export function policyWithRule(rule: unknown): Readonly<Record<string, unknown>> {
  return policyWith({ rules: [rule] });
}

/** A valid budget rule, with other members on top. */
export function budgetWith(
  others: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    id: 'budget',
    type: 'budget',
    period: 'day',
    limit: { usd: 50 },
    thresholds: [{ percent: 100, action: 'stop-all' }],
    ...others,
  };
}
