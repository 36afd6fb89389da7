import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import { encodeJson, RawJson } from '../../emulator/json.ts';
import { executionStatuses } from '../../emulator/status.ts';
import { begin, itemsOf, minute, startFarm, textAt } from './start-farm.ts';

const statuses = executionStatuses.filter((status) => status !== 'COMPLETED');

describe('seeding', () => {
  it('10.1 makes a run of the past what it would have become', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), (testMinutes, ago) => {
        const [past, present] = [startFarm(), startFarm()];
        const seed = (emulator: DeviceFarmEmulator, created: number) =>
          emulator.addRun({
            project: emulator.addProject({ id: 'p' }),
            id: 'r',
            created,
            jobs: [{ testMinutes }],
          }).arn;
        past.pass(ago);
        const arn = seed(past.emulator, begin);
        seed(present.emulator, begin);

        present.pass(ago);

        expect(past.emulator.show(arn)).toEqual(present.emulator.show(arn));
        expect(past.emulator.billed().account).toEqual(present.emulator.billed().account);
      }),
    );
  });

  it.each(statuses)('10.2 puts a job into %s and keeps it there', (status) => {
    const { emulator, pass } = startFarm();
    const created = begin - 30 * minute;
    const { arn, jobs } = emulator.addRun({ project: emulator.addProject(), created, jobs: [{ status }] });
    const [job = ''] = jobs;

    const now = emulator.show(job);
    pass(600);

    expect(now).toMatchObject({ status });
    expect(emulator.show(job)).toMatchObject({ status });
    expect(emulator.show(arn)).toMatchObject({ status });
  });

  it.each(statuses)('10.2 puts a session into %s', (status) => {
    const { emulator } = startFarm();

    const session = emulator.addSession({ project: emulator.addProject(), status });

    expect(emulator.show(session)).toMatchObject({ status });
  });

  it.each([0, 0.2, 5, 100])('10.2 completes a job that began %d minutes ago at the latest now', (ago) => {
    const { emulator } = startFarm();
    const created = begin - ago * minute;
    const jobs = [{ status: 'COMPLETED', result: 'FAILED', testMinutes: 20, prepareMinutes: 0 }] as const;

    const run = emulator.addRun({ project: emulator.addProject(), created, jobs });

    const minutes = Math.min(21, ago);
    expect(emulator.show(run.jobs[0] ?? '')).toMatchObject({
      status: 'COMPLETED',
      result: 'FAILED',
      deviceMinutes: { total: minutes, metered: minutes },
    });
  });

  it('10.2 completes a job that would still be processing', () => {
    const { emulator } = startFarm();
    const jobs = [{ status: 'COMPLETED', processingMinutes: 15 }] as const;

    const run = emulator.addRun({ project: emulator.addProject(), created: begin - 20 * minute, jobs });

    expect(emulator.show(run.arn)).toMatchObject({ status: 'COMPLETED' });
  });

  it.each(['RUNNING', 'STOPPING', 'PENDING_DEVICE'] as const)(
    '10.2 lets a stop end a job held in %s',
    async (status) => {
      const { emulator, call, pass } = startFarm();
      const { jobs } = emulator.addRun({ project: emulator.addProject(), jobs: [{ status }] });
      const [arn = ''] = jobs;
      pass(10);

      await call('StopJob', { arn });
      pass(1);

      expect(emulator.show(arn)).toMatchObject({ status: 'COMPLETED', result: 'STOPPED' });
    },
  );

  it('10.2 refuses to hold a status in a schedule by slots', () => {
    const { emulator } = startFarm();
    const project = emulator.addProject();

    expect(() => emulator.addRun({ project, schedule: 'slots', jobs: [{ status: 'RUNNING' }] })).toThrow(
      'status RUNNING cannot be held in a schedule by slots: use a forced one',
    );
  });

  it('10.3 replaces members, also by nonsense, and leaves out undefined ones', async () => {
    const { emulator, call } = startFarm();
    const project = emulator.addProject({ override: { name: null } });
    const override = {
      status: 'BEAMING',
      started: undefined,
      deviceMinutes: { total: 'NaN' },
      arn: 'not an arn',
      x: null,
    };
    const run = emulator.addRun({ project, jobs: [{ override }], override: { totalJobs: 99 } });

    const { body } = await call('ListJobs', { arn: run.arn });

    const [job] = itemsOf(body, 'jobs');
    expect(job).toMatchObject({
      status: 'BEAMING',
      deviceMinutes: { total: 'NaN' },
      arn: 'not an arn',
      x: null,
    });
    expect(job).not.toHaveProperty('started');
    expect(emulator.show(run.arn)).toMatchObject({ totalJobs: 99 });
    expect(emulator.show(project)).toMatchObject({ name: null });
  });

  it('10.3 follows a function of the item and the moment', () => {
    const { emulator, pass } = startFarm();
    const session = emulator.addSession({
      project: emulator.addProject(),
      override: (item, now) => ({ name: `${textAt(item, 'name')} after ${(now - begin) / minute}` }),
    });

    pass(3);

    expect(emulator.show(session)).toMatchObject({ name: 'session after 3' });
  });

  it('10.3 lets a stop end an overridden status and result, and nothing else', async () => {
    const { emulator, call } = startFarm();
    const override = { status: 'BEAMING', result: 'WON', name: 'odd' };
    const { jobs } = emulator.addRun({ project: emulator.addProject(), jobs: [{ override }] });
    const [arn = ''] = jobs;

    const { body } = await call('StopJob', { arn });

    expect(body).toMatchObject({ job: { status: 'STOPPING', result: 'PENDING', name: 'odd' } });
  });

  it('10.4 serves raw items verbatim, to the digit', async () => {
    const { emulator } = startFarm();
    const text =
      '{ "arn":"arn:aws:devicefarm:us-west-2:1:run:p/r", "created": 1.621056695477E9,  "odd":[1.0] }';
    emulator.addRaw({ kind: 'run', parent: emulator.addProject({ id: 'p' }), item: text });

    const reply = await emulator.handle({
      headers: { 'x-amz-target': 'DeviceFarm_20150623.ListRuns' },
      body: '{"arn":"arn:aws:devicefarm:us-west-2:123456789012:project:p"}',
    });

    expect(reply).toMatchObject({ status: 200, body: `{"runs":[${text}]}` });
  });

  it('10.4 lists raw items of every kind under their parents, and finds them by their ARNs', async () => {
    const { emulator, call } = startFarm();
    const arnOf = (rest: string) => `arn:aws:devicefarm:us-west-2:210987654321:${rest}`;
    const project = emulator.addRaw({ kind: 'project', item: { arn: arnOf('project:p') } });
    const run = emulator.addRaw({ kind: 'run', parent: project, item: { arn: arnOf('run:p/r') } });
    const job = emulator.addRaw({
      kind: 'job',
      parent: run,
      item: { arn: arnOf('job:p/r/00000'), status: 'RUNNING' },
    });
    const session = emulator.addRaw({
      kind: 'session',
      parent: project,
      item: { arn: arnOf('session:p/s') },
    });

    const bodies = await Promise.all([
      call('ListProjects'),
      call('ListRuns', { arn: project }),
      call('ListJobs', { arn: run }),
      call('ListRemoteAccessSessions', { arn: project }),
      call('GetRun', { arn: run }),
      call('StopJob', { arn: job }),
      call('StopRun', { arn: run }),
      call('GetRemoteAccessSession', { arn: session }),
    ]);

    expect(bodies.map(({ body }) => body)).toEqual([
      { projects: [{ arn: project }] },
      { runs: [{ arn: run }] },
      { jobs: [{ arn: job, status: 'RUNNING' }] },
      { remoteAccessSessions: [{ arn: session }] },
      { run: { arn: run } },
      { job: { arn: job, status: 'RUNNING' } },
      { run: { arn: run } },
      { remoteAccessSession: { arn: session } },
    ]);
  });

  it('10.4 serves a raw item without an ARN', async () => {
    const { emulator, call } = startFarm();
    const project = emulator.addProject();

    const arn = emulator.addRaw({ kind: 'run', parent: project, item: {} });

    expect(arn).toBe('');
    expect((await call('ListRuns', { arn: project })).body).toEqual({ runs: [{}] });
  });

  it('10.4 takes only JSON', () => {
    expect(() => startFarm().emulator.addRaw({ kind: 'project', item: '{' })).toThrow(SyntaxError);
  });

  it('10.4 encodes like JSON.stringify whatever is not raw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);

        expect(encodeJson(JSON.parse(text))).toBe(text);
        expect(encodeJson({ left: undefined, raw: new RawJson(text) })).toBe(`{"raw":${text}}`);
      }),
    );
  });

  it('10.5 makes the same ARNs from the same seeds', () => {
    const arnsOf = (seed: number) => {
      const { emulator } = startFarm({ seed });
      const project = emulator.addProject();
      return [project, emulator.addRun({ project }).arn, emulator.addSession({ project })];
    };

    expect(arnsOf(7)).toEqual(arnsOf(7));
    expect(arnsOf(7)).not.toEqual(arnsOf(8));
  });

  it.each([
    ['a run', (emulator: DeviceFarmEmulator) => emulator.addRun({ project: 'arn:x' })],
    ['a session', (emulator: DeviceFarmEmulator) => emulator.addSession({ project: 'arn:x' })],
    [
      'a raw run',
      (emulator: DeviceFarmEmulator) => emulator.addRaw({ kind: 'run', parent: 'arn:x', item: {} }),
    ],
    [
      'a device pool',
      (emulator: DeviceFarmEmulator) => emulator.addDevicePool({ project: 'arn:x', devices: [] }),
    ],
  ])('10.6 refuses %s without its project', (_, add) => {
    expect(() => add(startFarm().emulator)).toThrow('no project arn:x: add it first');
  });

  it('10.6 refuses a raw job without its run', () => {
    expect(() => startFarm().emulator.addRaw({ kind: 'job', item: {} })).toThrow('no run : add it first');
  });

  it('10.6 shows nothing that was not added', () => {
    expect(() => startFarm().emulator.show('arn:x')).toThrow('nothing has the ARN arn:x: add it first');
  });
});
