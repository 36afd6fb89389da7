import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobSeed } from '../../emulator/seeding/seeds.ts';
import { executionResults, executionStatuses } from '../../emulator/status.ts';
import { runResult, runStatus } from '../../emulator/views.ts';
import { begin, minute, startFarm, textAt } from './start-farm.ts';

/** A run of one job, seen as the API shows it. */
function oneJob(seed: JobSeed = {}, jobTimeoutMinutes?: number) {
  const { emulator, pass } = startFarm();
  const run = emulator.addRun({ project: emulator.addProject(), jobs: [seed], jobTimeoutMinutes });
  const [job = ''] = run.jobs;
  return { emulator, pass, look: () => emulator.show(job), lookAtRun: () => emulator.show(run.arn) };
}

describe('states', () => {
  it.each([
    ['concurrency', 'PENDING_CONCURRENCY'],
    ['device', 'PENDING_DEVICE'],
  ] as const)('4.1 takes a job that waits for %s from PENDING to COMPLETED', (waitsFor, waiting) => {
    const { pass, look } = oneJob({
      waitsFor,
      startAfterMinutes: 10,
      pendingMinutes: 1,
      schedulingMinutes: 2,
      prepareMinutes: 3,
      testMinutes: 20,
    });
    const steps = [0, 1, 4, 2, 3, 20, 1];

    const seen = steps.map((minutes) => {
      pass(minutes);
      return textAt(look(), 'status');
    });

    expect(seen).toEqual(['PENDING', waiting, 'SCHEDULING', 'PREPARING', 'RUNNING', 'RUNNING', 'COMPLETED']);
  });

  it('4.2 shows started from RUNNING on, stopped, message and result when COMPLETED', () => {
    const { pass, look } = oneJob({ startAfterMinutes: 5, testMinutes: 20, result: 'WARNED' });

    const before = look();
    pass(5);
    const running = look();
    pass(21);
    const after = look();

    expect(before).toMatchObject({ status: 'PENDING', result: 'PENDING' });
    for (const member of ['started', 'stopped', 'message']) expect(before).not.toHaveProperty(member);
    expect(running).toMatchObject({
      status: 'RUNNING',
      result: 'PENDING',
      started: (begin + 5 * minute) / 1000,
    });
    for (const member of ['stopped', 'message']) expect(running).not.toHaveProperty(member);
    expect(after).toMatchObject({
      status: 'COMPLETED',
      result: 'WARNED',
      started: (begin + 5 * minute) / 1000,
      stopped: (begin + 26 * minute) / 1000,
      message: expect.any(String),
    });
  });

  it('4.3 ends a job at its timeout, without teardown', () => {
    const { emulator, pass, look } = oneJob(
      { testMinutes: Number.POSITIVE_INFINITY, teardownMinutes: 5 },
      60,
    );

    pass(59.9);
    const before = look();
    pass(0.1);
    const after = look();
    pass(100);

    expect(before).toMatchObject({ status: 'RUNNING' });
    expect(after).toMatchObject({
      status: 'COMPLETED',
      result: 'STOPPED',
      stopped: (begin + 60 * minute) / 1000,
    });
    expect(emulator.billed().account.metered).toBe(60);
  });

  it('4.3 processes nothing after a timeout', () => {
    const { pass, look } = oneJob({ testMinutes: 90, processingMinutes: 5 }, 60);

    pass(60);

    expect(look()).toMatchObject({ status: 'COMPLETED', result: 'STOPPED' });
  });

  it('4.3 lets a job end by itself that is as long as its timeout', () => {
    const { pass, look } = oneJob({ testMinutes: 59 }, 60);

    pass(60);

    expect(look()).toMatchObject({ status: 'COMPLETED', result: 'PASSED' });
  });

  it.each([
    [30, 60, 30],
    [undefined, 60, 60],
    [undefined, undefined, 150],
  ])(
    '4.4 takes the timeout of the run (%j), the project (%j) or the account: %i',
    async (ofRun, ofProject, expected) => {
      const { emulator, pass } = startFarm();
      const project = emulator.addProject({ defaultJobTimeoutMinutes: ofProject });
      const { arn, jobs } = emulator.addRun({
        project,
        jobTimeoutMinutes: ofRun,
        jobs: [{ testMinutes: 1000 }],
      });

      pass(expected);

      expect(emulator.show(arn)).toMatchObject({ jobTimeoutMinutes: expected });
      expect(emulator.show(jobs[0] ?? '')).toMatchObject({ stopped: (begin + expected * minute) / 1000 });
    },
  );

  it('4.4 ends a session after 150 minutes', () => {
    const { emulator, pass } = startFarm();
    const session = emulator.addSession({ project: emulator.addProject() });

    pass(149.9);
    const before = emulator.show(session);
    pass(0.1);

    expect(before).toMatchObject({ status: 'RUNNING' });
    expect(emulator.show(session)).toMatchObject({ status: 'COMPLETED', result: 'STOPPED' });
  });

  it.each(['PENDING', 'PENDING_CONCURRENCY', 'PENDING_DEVICE', 'SCHEDULING'] as const)(
    '4.5 gives up %s after 24 hours',
    (status) => {
      const { emulator, pass, look } = oneJob({ status });

      pass(24 * 60 - 0.1);
      const before = look();
      pass(0.1);

      expect(before).toMatchObject({ status });
      expect(look()).toMatchObject({ status: 'COMPLETED', result: 'ERRORED' });
      expect(look()).not.toHaveProperty('started');
      expect(emulator.billed().account.total).toBe(0);
    },
  );

  it('4.5 lets a job start that is scheduled at the last moment', () => {
    const { pass, look } = oneJob({ startAfterMinutes: 24 * 60, prepareMinutes: 0, schedulingMinutes: 0 });

    pass(24 * 60);

    expect(look()).toMatchObject({ status: 'RUNNING' });
  });

  it('4.5 gives up a job that would start too late', () => {
    const { pass, look } = oneJob({ startAfterMinutes: 25 * 60 });

    pass(26 * 60);

    expect(look()).toMatchObject({ status: 'COMPLETED', result: 'ERRORED' });
  });

  it.each([
    [[], 'COMPLETED'],
    [['COMPLETED', 'COMPLETED'], 'COMPLETED'],
    [['STOPPING', 'COMPLETED'], 'STOPPING'],
    [['STOPPING', 'RUNNING'], 'RUNNING'],
    [['STOPPING', 'PENDING'], 'RUNNING'],
    [['COMPLETED', 'PENDING'], 'RUNNING'],
    [['PENDING', 'PREPARING', 'PENDING_DEVICE'], 'PREPARING'],
    [['PENDING', 'PENDING_CONCURRENCY'], 'PENDING_CONCURRENCY'],
    [['PROCESSING', 'PENDING'], 'PROCESSING'],
  ] as const)('4.6 makes of jobs that are %j a run that is %s', (jobs, expected) => {
    expect(runStatus(jobs)).toBe(expected);
  });

  it('4.6 shows the status of no run without a job of it, but RUNNING', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...executionStatuses), { minLength: 1 }), (jobs) => {
        const status = runStatus(jobs);

        expect(status === 'RUNNING' || jobs.includes(status)).toBe(true);
        expect(status === 'COMPLETED').toBe(jobs.every((job) => job === 'COMPLETED'));
      }),
    );
  });

  it('4.7 takes the worst result', () => {
    const worstFirst = ['ERRORED', 'STOPPED', 'FAILED', 'WARNED', 'PASSED', 'SKIPPED'] as const;
    const results = executionResults.filter((result) => result !== 'PENDING');

    fc.assert(
      fc.property(fc.array(fc.constantFrom(...results), { minLength: 1 }), (jobs) => {
        expect(runResult(jobs)).toBe(worstFirst.find((result) => jobs.includes(result)));
      }),
    );
  });

  it('4.8 shows the times and counters of a run only when it is COMPLETED', () => {
    const { emulator, pass } = startFarm();
    const jobs = [
      { testMinutes: 5, startAfterMinutes: 1 },
      { testMinutes: 50, result: 'FAILED' as const },
    ];
    const { arn } = emulator.addRun({ project: emulator.addProject(), jobs });

    pass(20);
    const running = emulator.show(arn);
    pass(40);
    const after = emulator.show(arn);

    expect(running).toMatchObject({ status: 'RUNNING', totalJobs: 2, completedJobs: 1, result: 'PENDING' });
    expect(running).toMatchObject({ counters: { total: 0, passed: 0 } });
    for (const member of ['started', 'stopped']) expect(running).not.toHaveProperty(member);
    expect(after).toMatchObject({ status: 'COMPLETED', totalJobs: 2, completedJobs: 2, result: 'FAILED' });
    expect(after).toMatchObject({ started: begin / 1000, stopped: (begin + 51 * minute) / 1000 });
    expect(after).toMatchObject({ counters: { total: 6, passed: 5, failed: 1 } });
  });

  it('4.9 shows PROCESSING after the teardown, when nothing is billed any more', () => {
    const { emulator, pass, look } = oneJob({ testMinutes: 9, processingMinutes: 4 });

    pass(10);
    const processing = look();
    pass(4);

    expect(processing).toMatchObject({ status: 'PROCESSING', result: 'PENDING' });
    expect(look()).toMatchObject({ status: 'COMPLETED', stopped: (begin + 14 * minute) / 1000 });
    expect(emulator.billed().account).toMatchObject({ total: 10, metered: 10 });
  });
});
