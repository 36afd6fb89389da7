import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../emulator/options.ts';
import type { JobSeed } from '../../emulator/seeding/seeds.ts';
import { begin, minute, startFarm } from './start-farm.ts';

function runOf(jobs: readonly JobSeed[], options: Omit<Partial<EmulatorOptions>, 'now'> = {}) {
  const farm = startFarm(options);
  const run = farm.emulator.addRun({ project: farm.emulator.addProject(), jobs });
  const [job = ''] = run.jobs;
  return { ...farm, run, job };
}

const seconds = (minutes: number) => (begin + minutes * minute) / 1000;

describe('stops', () => {
  it.each(['PENDING', 'PENDING_CONCURRENCY', 'PENDING_DEVICE', 'SCHEDULING', 'PREPARING'] as const)(
    '6.1 ends a job that is %s at once and for nothing',
    async (status) => {
      const { emulator, call, pass, job } = runOf([{ status }]);
      pass(7);

      const { body } = await call('StopJob', { arn: job });

      pass(100);
      expect(body).toMatchObject({
        job: { arn: job, status: 'COMPLETED', result: 'STOPPED', stopped: seconds(7) },
      });
      expect(body).not.toHaveProperty('job.started');
      expect(body).toMatchObject({ job: { counters: { total: 0, stopped: 0 } } });
      expect(emulator.billed().account.metered).toBe(0);
      expect(emulator.requests.at(-1)).toMatchObject({ operation: 'StopJob', changed: true });
    },
  );

  it('6.2 lets the teardown of a RUNNING job complete, and bills it', async () => {
    const { emulator, call, pass, job } = runOf([{ testMinutes: 60, setupMinutes: 1, teardownMinutes: 2 }]);
    pass(20);

    const { body } = await call('StopJob', { arn: job });
    pass(1.9);
    const stopping = emulator.show(job);
    pass(0.1);
    const stopped = emulator.show(job);
    pass(100);

    expect(body).toMatchObject({ job: { status: 'STOPPING', result: 'PENDING', started: seconds(0) } });
    expect(stopping).toMatchObject({ status: 'STOPPING' });
    expect(stopped).toMatchObject({ status: 'COMPLETED', result: 'STOPPED', stopped: seconds(22) });
    expect(stopped).toMatchObject({ deviceMinutes: { total: 22, metered: 22, unmetered: 0 } });
    expect(emulator.billed().account.metered).toBe(22);
  });

  it('6.2 lets the setup complete as well', async () => {
    const { emulator, call, pass, job } = runOf([{ testMinutes: 60, setupMinutes: 10, teardownMinutes: 2 }]);
    pass(1);

    await call('StopJob', { arn: job });
    pass(100);

    expect(emulator.show(job)).toMatchObject({ result: 'STOPPED', stopped: seconds(12) });
  });

  it('6.3 stops every job of a run that is left', async () => {
    const { emulator, call, pass, run } = runOf([
      { testMinutes: 1 },
      { testMinutes: 60 },
      { status: 'PENDING_DEVICE' },
      { testMinutes: 60 },
    ]);
    pass(10);

    const { body } = await call('StopRun', { arn: run.arn });
    pass(0.5);

    expect(body).toMatchObject({
      run: { status: 'STOPPING', result: 'PENDING', totalJobs: 4, completedJobs: 2 },
    });
    expect(run.jobs.map((job) => emulator.show(job))).toMatchObject([
      { result: 'PASSED', stopped: seconds(2) },
      { result: 'STOPPED', stopped: seconds(10.5) },
      { result: 'STOPPED', stopped: seconds(10) },
      { result: 'STOPPED', stopped: seconds(10.5) },
    ]);
    expect(emulator.show(run.arn)).toMatchObject({ status: 'COMPLETED', result: 'STOPPED' });
  });

  it('6.3 leaves the other jobs alone when one is stopped', async () => {
    const { emulator, call, pass, run, job } = runOf([{ testMinutes: 60 }, { testMinutes: 60 }]);
    pass(10);

    await call('StopJob', { arn: job });
    pass(1);

    expect(emulator.show(run.arn)).toMatchObject({ status: 'RUNNING', completedJobs: 1 });
    expect(emulator.show(run.jobs[1] ?? '')).toMatchObject({ status: 'RUNNING' });
  });

  const finished = ['COMPLETED', 'PROCESSING', 'STOPPING'] as const;
  const options = [
    ['unchanged', undefined],
    ['ArgumentException', 'ArgumentException'],
    ['NotFoundException', 'NotFoundException'],
  ] as const;
  const cases = options.flatMap(([option, error]) =>
    finished.map((status) => [status, option, error] as const),
  );

  it.each(cases)(
    '6.4 answers the stop of %s work as the option %s says',
    async (status, stopOfFinished, error) => {
      const seed = status === 'STOPPING' ? { teardownMinutes: 5 } : { status };
      const { emulator, call, run, job, pass } = runOf([seed], { stopOfFinished });
      pass(2);
      if (status === 'STOPPING') await call('StopJob', { arn: job });
      const before = emulator.show(job);

      const ofJob = await call('StopJob', { arn: job });
      const ofRun = await call('StopRun', { arn: run.arn });

      expect(before).toMatchObject({ status });
      expect(emulator.show(job)).toEqual(before);
      expect([ofJob.body.__type, ofRun.body.__type]).toEqual([error, error]);
      if (error === undefined) expect(ofJob.body).toEqual({ job: before });
      expect(emulator.requests.slice(-2).map(({ changed }) => changed)).toEqual([false, false]);
    },
  );

  it('6.5 stops a RUNNING session', async () => {
    const { emulator, call, pass } = startFarm();
    const arn = emulator.addSession({ project: emulator.addProject(), teardownMinutes: 1 });
    pass(30);

    const { body } = await call('StopRemoteAccessSession', { arn });
    pass(60);

    expect(body).toMatchObject({ remoteAccessSession: { arn, status: 'STOPPING' } });
    expect(emulator.show(arn)).toMatchObject({
      status: 'COMPLETED',
      result: 'STOPPED',
      stopped: seconds(31),
    });
    expect(emulator.billed().sessions.get(arn)).toEqual({ total: 31, metered: 31, unmetered: 0 });
  });

  it('6.5 ends a session that waits at once and for nothing', async () => {
    const { emulator, call, pass } = startFarm();
    const arn = emulator.addSession({ project: emulator.addProject(), status: 'PENDING_CONCURRENCY' });
    pass(30);

    const { body } = await call('StopRemoteAccessSession', { arn });

    expect(body).toMatchObject({ remoteAccessSession: { status: 'COMPLETED', result: 'STOPPED' } });
    expect(emulator.billed().account.total).toBe(0);
  });
});
