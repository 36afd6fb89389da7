import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../../../lambda/core/service.ts';
import { whyNotWhole } from '../../../../lambda/core/stops/whole-run.ts';

const job = (arn: string, status: string): Job => ({
  arn,
  name: arn,
  status,
  counters: {},
  device: 'Google Pixel 8',
  privateDevice: false,
});

const STATUSES = [
  'PENDING',
  'PENDING_CONCURRENCY',
  'PREPARING',
  'RUNNING',
  'PROCESSING',
  'STOPPING',
  'COMPLETED',
  'DREAMING',
  '',
];

describe('a whole run', () => {
  it.each([
    { status: 'COMPLETED', scope: undefined, whole: true },
    { status: 'STOPPING', scope: undefined, whole: true },
    { status: 'RUNNING', scope: undefined, whole: false },
    { status: 'PENDING', scope: undefined, whole: false },
    { status: 'RUNNING', scope: 'any', whole: true },
    { status: 'PENDING_DEVICE', scope: 'queued', whole: true },
    { status: 'PREPARING', scope: 'queued', whole: false },
    { status: 'DREAMING', scope: 'any', whole: false },
    { status: '', scope: 'any', whole: false },
  ] as const)('with another job "$status", to be stopped: $scope, is $whole', ({ status, scope, whole }) => {
    const jobs = [job('a', 'RUNNING'), job('b', status)];
    const decided = new Map([['a', 'any' as const], ...(scope ? [['b', scope] as const] : [])]);

    const why = whyNotWhole({ totalJobs: 2, jobs, decided });

    expect(why === undefined).toBe(whole);
  });

  it.each([
    { totalJobs: undefined, listed: ['a', 'b'] },
    { totalJobs: 3, listed: ['a', 'b'] },
    { totalJobs: 1, listed: ['a', 'b'] },
    { totalJobs: 3, listed: ['a', 'b', 'b'] },
  ])('is not known of $totalJobs jobs when $listed are listed', ({ totalJobs, listed }) => {
    const jobs = listed.map((arn) => job(arn, 'RUNNING'));
    const decided = new Map(listed.map((arn) => [arn, 'any' as const]));

    expect(whyNotWhole({ totalJobs, jobs, decided })).toBeDefined();
  });

  it('never holds a job that goes on and was not decided', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ status: fc.constantFrom(...STATUSES), decided: fc.boolean() }), {
          minLength: 1,
        }),
        (seeds) => {
          const jobs = seeds.map(({ status }, index) => job(`job-${index}`, status));
          const decided = new Map<string, 'any'>(
            seeds.flatMap((seed, index) => (seed.decided ? [[`job-${index}`, 'any' as const] as const] : [])),
          );

          const why = whyNotWhole({ totalJobs: jobs.length, jobs, decided });

          const spared = jobs.filter(
            ({ arn, status }) => !decided.has(arn) && !['COMPLETED', 'STOPPING'].includes(status),
          );
          const unknown = jobs.filter(({ status }) => status === 'DREAMING' || status === '');
          expect(why === undefined).toBe(spared.length + unknown.length === 0);
        },
      ),
    );
  });
});
