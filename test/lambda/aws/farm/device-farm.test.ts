import { describe, expect, it } from 'vitest';
import { ListingError } from '../../../../lambda/core/errors.ts';
import type { Pages } from '../../../../lambda/ports.ts';
import type { FaultKind } from '../../../../emulator/faults.ts';
import type { JsonObject } from '../../../../emulator/json.ts';
import { startGuard } from '../../../harness/guard-in-process.ts';
import { addJob, addSession } from '../../../harness/work.ts';

async function all<T>(pages: Pages<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}

describe('deviceFarm, listing', () => {
  it('reads every page of every listing', async () => {
    const guard = await startGuard({ emulator: { pageSize: 2 } });
    const { farm } = guard.ports;
    const projects = Array.from({ length: 7 }, (_, index) =>
      guard.emulator.addProject({ name: `p${index}` }),
    );
    const [project = ''] = projects;
    const runs = Array.from({ length: 7 }, () => guard.emulator.addRun({ project, jobs: Array(5).fill({}) }));
    const sessions = Array.from({ length: 5 }, () => guard.emulator.addSession({ project }));

    const found = {
      projects: await all(farm.projects()),
      runs: await all(farm.runs(project)),
      jobs: await all(farm.jobs(runs[0]?.arn ?? '')),
      sessions: await all(farm.sessions(project)),
    };

    expect(found.projects.map(({ arn }) => arn).sort()).toEqual(projects.sort());
    expect(found.runs.map(({ arn }) => arn).sort()).toEqual(runs.map(({ arn }) => arn).sort());
    expect(found.jobs.map(({ arn }) => arn)).toEqual(runs[0]?.jobs);
    expect(found.sessions.map(({ arn }) => arn).sort()).toEqual(sessions.sort());
  });

  it('ends when the service repeats its token', async () => {
    const guard = await startGuard({ emulator: { pageSize: 1 } });
    for (const name of ['a', 'b', 'c']) guard.emulator.addProject({ name });
    guard.emulator.faults.add({ kind: 'repeatedToken', operation: 'ListProjects' });

    const listing = all(guard.ports.farm.projects());

    await expect(listing).rejects.toThrow(ListingError);
    await expect(listing).rejects.toThrow('the same page token came back');
  });

  it('gets over throttling and a passing fault', async () => {
    const guard = await startGuard({ emulator: { pageSize: 1 } });
    for (const name of ['a', 'b', 'c']) guard.emulator.addProject({ name });
    guard.emulator.faults.add({ kind: 'html', operation: 'ListProjects', times: 2 });
    const throttled = {
      kind: 'error',
      name: 'ThrottlingException',
      operation: 'ListProjects',
      times: 3,
    } as const;
    guard.emulator.faults.add(throttled);

    const found = await all(guard.ports.farm.projects());

    expect(found.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('stays below the rate of the service, for each API by itself', async () => {
    const guard = await startGuard({ emulator: { pageSize: 1 } });
    const { project } = addJob(guard);
    for (let count = 0; count < 120; count += 1) guard.emulator.addRun({ project });

    await Promise.all([all(guard.ports.farm.runs(project)), all(guard.ports.farm.sessions(project))]);

    expect(guard.emulator.requests.filter(({ errorName }) => errorName)).toEqual([]);
    expect(guard.emulator.requests.length).toBeGreaterThan(120);
  });
});

describe('deviceFarm, reading one', () => {
  it('finds a run, a job and a session', async () => {
    const guard = await startGuard();
    const { arn, run } = addJob(guard);
    const session = addSession(guard);
    const { farm } = guard.ports;

    const found = [await farm.run(run), await farm.job(arn), await farm.session(session)];

    expect(found).toMatchObject([run, arn, session].map((one) => ({ state: 'found', value: { arn: one } })));
  });

  it.each<{ name: string; fault: FaultKind; reading: object }>([
    { name: 'not found', fault: { kind: 'error', name: 'NotFoundException' }, reading: { state: 'gone' } },
    {
      name: 'not found under 503',
      fault: { kind: 'error', name: 'NotFoundException', status: 503 },
      reading: { state: 'unreadable' },
    },
    {
      name: 'denied',
      fault: { kind: 'error', name: 'AccessDeniedException' },
      reading: { state: 'unreadable', error: { kind: 'accessDenied' } },
    },
    { name: 'HTML', fault: { kind: 'html' }, reading: { state: 'unreadable', error: { status: 503 } } },
    { name: '{}', fault: { kind: 'emptyReply' }, reading: { state: 'unreadable' } },
    {
      name: 'null',
      fault: { kind: 'rewritten', rewrite: () => ({ job: null, run: null, remoteAccessSession: null }) },
      reading: { state: 'unreadable' },
    },
  ])('is "gone" only by the word of the service: $name', async ({ fault, reading }) => {
    const guard = await startGuard();
    const { arn, run } = addJob(guard);
    const session = addSession(guard);
    guard.emulator.faults.add({ ...fault, operation: '*' });
    const { farm } = guard.ports;

    const readings = [await farm.run(run), await farm.job(arn), await farm.session(session)];

    expect(readings).toMatchObject([reading, reading, reading]);
  });
});

describe('deviceFarm, with members that are not what they should be', () => {
  const oddities: JsonObject[] = [
    { deviceMinutes: { total: 'NaN', metered: null, unmetered: -1 } },
    { deviceMinutes: null, created: null, started: null, stopped: null },
    { status: null, result: null, name: null },
    { name: {}, status: {}, result: 7 },
    { device: null, billingMethod: null, type: null },
    { device: {}, billingMethod: 'BARTER', platform: 'TOASTER' },
    { totalJobs: 'NaN', jobTimeoutMinutes: null },
  ];

  it.each(oddities)('keeps every item of a listing: %o', async (odd) => {
    const guard = await startGuard();
    const { run, project, arn } = addJob(guard);
    addJob(guard, {}, { project });
    const session = guard.emulator.addSession({ project });
    const rewrite = (body: JsonObject) =>
      Object.fromEntries(
        Object.entries(body).map(([key, value]) => [
          key,
          Array.isArray(value)
            ? value.map((item, index) => (index === 0 ? { ...Object(item), ...odd } : item))
            : value,
        ]),
      );
    guard.emulator.faults.add({ kind: 'rewritten', operation: '*', rewrite });
    const { farm } = guard.ports;

    const found = {
      runs: await all(farm.runs(project)),
      jobs: await all(farm.jobs(run)),
      sessions: await all(farm.sessions(project)),
    };

    expect(found.runs).toHaveLength(2);
    expect(found.jobs.map((job) => job.arn)).toEqual([arn]);
    expect(found.sessions.map((one) => one.arn)).toEqual([session]);
    for (const item of [...found.runs, ...found.jobs, ...found.sessions]) {
      expect([typeof item.name, typeof item.status]).toEqual(['string', 'string']);
      const { total, metered, unmetered } = item.counters;
      for (const number of [item.created, item.started, item.stopped, total, metered, unmetered]) {
        expect(number === undefined || (Number.isFinite(number) && number >= 0)).toBe(true);
      }
    }
  });

  it('takes an item that is null for one without an ARN', async () => {
    const guard = await startGuard();
    const { run, arn } = addJob(guard);
    const rewrite = ({ jobs }: JsonObject) => ({ jobs: [null, ...(Array.isArray(jobs) ? jobs : [])] });
    guard.emulator.faults.add({ kind: 'rewritten', operation: 'ListJobs', rewrite });

    const found = await all(guard.ports.farm.jobs(run));

    expect(found.map((job) => job.arn)).toEqual(['', arn]);
  });

  it('says so when the SDK cannot read a page', async () => {
    const guard = await startGuard();
    const { project } = addJob(guard, {}, { override: { created: 'Infinity' } });

    const listing = all(guard.ports.farm.runs(project));

    await expect(listing).rejects.toThrow(ListingError);
  });

  it('takes a device without a name by the name of its job', async () => {
    const guard = await startGuard();
    const { run } = addJob(guard, { override: { device: undefined, name: 'Pixel' } });

    const [job] = await all(guard.ports.farm.jobs(run));

    expect(job?.device).toBe('Pixel');
  });

  it.each([
    { item: { device: { fleetType: 'PRIVATE' } }, privateDevice: true },
    {
      item: { instanceArn: 'arn:aws:devicefarm:us-west-2:123456789012:deviceinstance:x' },
      privateDevice: true,
    },
    { item: { instanceArn: '' }, privateDevice: false },
    { item: {}, privateDevice: false },
  ])('knows a private device by its fleet or its instance: %o', async ({ item, privateDevice }) => {
    const guard = await startGuard();
    const { run } = addJob(guard, { override: item });

    const [job] = await all(guard.ports.farm.jobs(run));

    expect(job?.privateDevice).toBe(privateDevice);
  });
});
