import { DevicePlatform, TestType } from '@aws-sdk/client-device-farm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkItem } from '../../lambda/model.ts';
import { match as matchSchema } from '../../lambda/policy/fields.ts';
import { parsePolicy } from '../../lambda/policy/load.ts';
import { type Match, matchesItem, matchesUsage, mayMatchItem } from '../../lambda/policy/match.ts';
import { item, match, policyWithRule, usageOf } from './arbitraries.ts';

const minutes = { total: 10, metered: 10, unmetered: 0 };
const job: WorkItem = {
  arn: 'arn:aws:devicefarm:us-west-2:123456789012:job:p/r/00000',
  kind: 'job',
  name: 'Google Pixel 8',
  device: 'Google Pixel 8',
  project: { arn: 'arn:aws:devicefarm:us-west-2:123456789012:project:p', name: 'mobile-app' },
  run: {
    arn: 'arn:aws:devicefarm:us-west-2:123456789012:run:p/r',
    name: 'nightly-42',
    minutes,
    devices: 1,
  },
  status: 'RUNNING',
  phase: 'started',
  platform: 'ANDROID',
  testType: 'APPIUM_NODE',
  billing: 'metered',
  minutes,
};
const { run: _run, testType: _testType, ...withoutRun } = job;
const session: WorkItem = { ...withoutRun, kind: 'session', name: 'a session' };

describe('a match', () => {
  it.each<[string, Match, WorkItem, boolean]>([
    ['nothing asked', {}, job, true],
    ['the project', { projects: ['mobile-*'] }, job, true],
    ['one of two projects', { projects: ['web-*', 'mobile-*'] }, job, true],
    ['another project', { projects: ['web-*'] }, job, false],
    ['the run', { runs: ['nightly-??'] }, job, true],
    ['another run', { runs: ['nightly-?'] }, job, false],
    ['any run, of a session', { runs: ['*'] }, session, false],
    ['metered work', { billing: 'metered' }, job, true],
    ['unmetered work', { billing: 'unmetered' }, job, false],
    ['metered work, not told', { billing: 'metered' }, { ...job, billing: 'unknown' }, false],
    ['unmetered work, not told', { billing: 'unmetered' }, { ...job, billing: 'unknown' }, false],
    ['the platform', { platforms: ['IOS', 'ANDROID'] }, job, true],
    ['another platform', { platforms: ['IOS'] }, job, false],
    ['the platform by its old name', { platforms: ['ANDROID'] }, { ...job, platform: 'ANDROID_APP' }, true],
    ['iOS by its old name', { platforms: ['IOS'] }, { ...job, platform: 'IOS_APP' }, true],
    ['iOS, of Android by its old name', { platforms: ['IOS'] }, { ...job, platform: 'ANDROID_APP' }, false],
    ['the platform of a session', { platforms: ['ANDROID'] }, session, true],
    ['the test type', { testTypes: ['APPIUM_NODE'] }, job, true],
    ['one of two test types', { testTypes: ['XCTEST', 'APPIUM_NODE'] }, job, true],
    ['another test type', { testTypes: ['XCTEST'] }, job, false],
    [
      'a test type, of a session',
      { testTypes: ['APPIUM_NODE'] },
      { ...session, testType: 'APPIUM_NODE' },
      false,
    ],
    ['jobs, of a job', { work: 'jobs' }, job, true],
    ['sessions, of a job', { work: 'sessions' }, job, false],
    ['sessions, of a session', { work: 'sessions' }, session, true],
    ['jobs, of a session', { work: 'jobs' }, session, false],
    ['two keys that hold', { projects: ['mobile-app'], work: 'jobs' }, job, true],
    ['two keys of which one fails', { projects: ['mobile-app'], work: 'sessions' }, job, false],
    [
      'any name, of a run without one',
      { runs: ['*'] },
      { ...job, run: { arn: '', name: '', minutes, devices: 1 } },
      true,
    ],
  ])('of %s', (_, asked, work, expected) => {
    const result = [matchesItem(asked)(work), matchesUsage(asked)(usageOf(work))];

    expect(result).toEqual([expected, expected]);
  });

  it.each<[string, Match, Partial<WorkItem>]>([
    ['billing', { billing: 'metered' }, { billing: 'unknown' }],
    ['the name of the project', { projects: ['mobile-app'] }, { project: { arn: '', name: '' } }],
    ['the name of the run', { runs: ['nightly-*'] }, { run: { arn: '', name: '', minutes, devices: 1 } }],
  ])('may hold, but does not, when Device Farm does not tell %s', (_, asked, facts) => {
    const work = { ...job, ...facts };

    const result = { holds: matchesItem(asked)(work), may: mayMatchItem(asked)(work) };

    expect(result).toEqual({ holds: false, may: true });
  });

  it.each<[string, Match]>([
    ['run', { runs: ['*'] }],
    ['platform', { platforms: ['ANDROID'] }],
    ['test type', { testTypes: ['APPIUM_NODE'] }],
  ])('may hold, but does not, for a job without %s', (_, asked) => {
    const { run: _r, platform: _p, testType: _t, ...unknown } = job;

    const result = { holds: matchesItem(asked)(unknown), may: mayMatchItem(asked)(unknown) };

    expect(result).toEqual({ holds: false, may: true });
  });

  it('of a run or a test type can not hold for a session, told or not', () => {
    const results = [{ runs: ['*'] }, { testTypes: ['XCTEST' as const] }].map((asked) =>
      mayMatchItem(asked)(session),
    );

    expect(results).toEqual([false, false]);
  });

  it('is never wider with more keys', () => {
    fc.assert(
      fc.property(match, match, item, (some, others, work) => {
        const more = { ...others, ...some };

        expect(Number(matchesItem(more)(work))).toBeLessThanOrEqual(Number(matchesItem(some)(work)));
        expect(Number(mayMatchItem(more)(work))).toBeLessThanOrEqual(Number(mayMatchItem(some)(work)));
        expect(Number(matchesUsage(more)(usageOf(work)))).toBeLessThanOrEqual(
          Number(matchesUsage(some)(usageOf(work))),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('holds exactly when each of its keys holds alone', () => {
    fc.assert(
      fc.property(match, item, (asked, work) => {
        const alone = Object.entries(asked).map(([key, value]) => matchesItem({ [key]: value })(work));

        expect(matchesItem(asked)(work)).toBe(alone.every(Boolean));
      }),
      { numRuns: 500 },
    );
  });

  it('says of a usage what it says of its item', () => {
    fc.assert(
      fc.property(match, item, (asked, work) => {
        expect(matchesUsage(asked)(usageOf(work))).toBe(matchesItem(asked)(work));
      }),
      { numRuns: 500 },
    );
  });

  it('may hold wherever it holds', () => {
    fc.assert(
      fc.property(match, item, (asked, work) => {
        expect(mayMatchItem(asked)(work) || !matchesItem(asked)(work)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the schema of a match', () => {
  it('knows every platform and test type that Device Farm has', () => {
    const match = { platforms: Object.values(DevicePlatform), testTypes: Object.values(TestType) };

    const policy = parsePolicy(policyWithRule({ id: 'a', type: 'queue-age', maxMinutes: 1, match }));

    expect(policy.rules[0]?.match).toEqual(match);
  });

  it('knows no test type that Device Farm does not have', () => {
    const known = matchSchema.shape.testTypes.unwrap().element.options;

    expect([...known].sort()).toEqual(Object.values(TestType).sort());
  });
});
