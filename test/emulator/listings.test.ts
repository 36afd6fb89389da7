import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { RunOrder } from '../../emulator/options.ts';
import { allPages, begin, itemsOf, minute, startFarm, textAt } from './start-farm.ts';

const day = 24 * 60 * minute;
const addRuns = (emulator: DeviceFarmEmulator, project: string, count: number) =>
  Array.from(
    { length: count },
    (_, index) =>
      emulator.addRun({ project, name: `${index}`, created: begin - (count - index) * minute }).arn,
  );

describe('listings', () => {
  it.each([
    [0, 1],
    [9, 1],
    [10, 1],
    [11, 2],
    [20, 2],
    [21, 3],
  ])('3.1 shows %i projects on %i pages of 10', async (count, expected) => {
    const { emulator, call } = startFarm();
    for (let index = 0; index < count; index += 1) emulator.addProject();

    const { items, pages } = await allPages((input) => call('ListProjects', input), 'projects', {
      pageSize: 100,
    });

    expect(items).toHaveLength(count);
    expect(pages).toBe(expected);
  });

  it('3.1 shows everything once, whatever the page size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 30 }),
        async (pageSize, count) => {
          const { emulator, call } = startFarm({ pageSize });
          const project = emulator.addProject();
          const arns = addRuns(emulator, project, count);

          const { items } = await allPages((input) => call('ListRuns', input), 'runs', { arn: project });

          expect(items.map((item) => item.arn)).toEqual(arns.toReversed());
        },
      ),
    );
  });

  it('3.1 refuses a page that could hold nothing', () => {
    expect(() => startFarm({ pageSize: 0 })).toThrow('page size 0 is not a whole number of at least 1');
  });

  it('3.2 gives a token of 4 to 1024 characters only if more follows', async () => {
    const { emulator, call } = startFarm({ pageSize: 2 });
    const project = emulator.addProject();
    addRuns(emulator, project, 4);

    const first = await call('ListRuns', { arn: project });
    const nextToken = textAt(first.body, 'nextToken');
    const second = await call('ListRuns', { arn: project, nextToken });

    expect(nextToken.length).toBeGreaterThanOrEqual(4);
    expect(nextToken.length).toBeLessThanOrEqual(1024);
    expect(second.body).not.toHaveProperty('nextToken');
  });

  it('3.2 takes a token only in the listing that gave it', async () => {
    const { emulator, call } = startFarm({ pageSize: 1 });
    const [one, other] = [emulator.addProject(), emulator.addProject()];
    for (const project of [one, other]) addRuns(emulator, project, 3);
    const nextToken = textAt((await call('ListRuns', { arn: one })).body, 'nextToken');

    const answers = await Promise.all([
      call('ListRuns', { arn: other, nextToken }),
      call('ListRemoteAccessSessions', { arn: one, nextToken }),
      call('ListProjects', { nextToken }),
    ]);

    expect(answers.map(({ body }) => body.__type)).toEqual(answers.map(() => 'ArgumentException'));
  });

  it('3.2 takes a token of all projects for no single one', async () => {
    const { emulator, call } = startFarm({ pageSize: 1 });
    const [first] = [emulator.addProject(), emulator.addProject()];
    const nextToken = textAt((await call('ListProjects')).body, 'nextToken');

    const { body } = await call('ListProjects', { arn: first, nextToken });

    expect(textAt(body, '__type')).toBe('ArgumentException');
  });

  it('3.2 refuses any made-up token', async () => {
    const { emulator, call } = startFarm({ pageSize: 1 });
    const arn = emulator.addProject();
    addRuns(emulator, arn, 3);

    await fc.assert(
      fc.asyncProperty(fc.string(), async (nextToken) => {
        const { body } = await call('ListRuns', { arn, nextToken });

        expect(textAt(body, '__type')).toBe('ArgumentException');
      }),
    );
  });

  it('3.3 neither repeats nor hides runs when others are scheduled in between', async () => {
    const { emulator, call, pass } = startFarm({ pageSize: 3 });
    const project = emulator.addProject();
    const arns = addRuns(emulator, project, 10);

    const { items } = await allPages(
      (input) => {
        pass(1);
        emulator.addRun({ project });
        return call('ListRuns', input);
      },
      'runs',
      { arn: project },
    );

    expect(items.map((item) => item.arn).filter((arn) => arns.some((known) => known === arn))).toEqual(
      arns.toReversed(),
    );
  });

  it('3.4 shows a run that was added after a listing in the next one', async () => {
    const { emulator, call } = startFarm();
    const arn = emulator.addProject();
    addRuns(emulator, arn, 3);
    await call('ListRuns', { arn });

    const added = emulator.addRun({ project: arn });

    const runs = itemsOf((await call('ListRuns', { arn })).body, 'runs');
    expect(runs).toHaveLength(4);
    expect(runs.map((run) => run.arn)[0]).toBe(added.arn);
  });

  const namesOf = async (order: RunOrder | undefined, ofProject?: RunOrder) => {
    const { emulator, call } = startFarm({
      pageSize: 7,
      ...(order === undefined ? {} : { runOrder: order }),
    });
    const project = emulator.addProject({ runOrder: ofProject });
    addRuns(emulator, project, 30);
    const { items } = await allPages((input) => call('ListRuns', input), 'runs', { arn: project });
    return items.map((item) => Number(item.name));
  };
  const rising = Array.from({ length: 30 }, (_, index) => index);

  it('3.4 lists runs newest first', async () => {
    expect(await namesOf(undefined)).toEqual(rising.toReversed());
  });

  it('3.4 lists runs oldest first if the emulator or the project says so', async () => {
    expect(await namesOf('oldest-first')).toEqual(rising);
    expect(await namesOf(undefined, 'oldest-first')).toEqual(rising);
  });

  it('3.4 lists runs shuffled if asked to, each of them once', async () => {
    const names = await namesOf('shuffled');

    expect(names).not.toEqual(rising);
    expect(names).not.toEqual(rising.toReversed());
    expect(names.toSorted((a, b) => a - b)).toEqual(rising);
  });

  it('3.2 goes on where it was when the session that a token names has ended meanwhile', async () => {
    const { emulator, call, pass } = startFarm({ pageSize: 2, listCompletedSessions: false });
    const project = emulator.addProject();
    const arns = Array.from({ length: 5 }, () => emulator.addSession({ project }));
    pass(5);
    const first = await call('ListRemoteAccessSessions', { arn: project });
    const shown = itemsOf(first.body, 'remoteAccessSessions').map(({ arn }) => String(arn));
    for (const arn of shown) await call('StopRemoteAccessSession', { arn });
    pass(5);

    const rest = await allPages(
      (input) =>
        call('ListRemoteAccessSessions', { ...input, nextToken: input.nextToken ?? first.body.nextToken }),
      'remoteAccessSessions',
      { arn: project },
    );

    const all = [...shown, ...rest.items.map(({ arn }) => String(arn))];
    expect(all.toSorted()).toEqual(arns.toSorted());
  });

  it('3.4 shows each shuffled run once also when one is added between two pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 2, max: 20 }),
        async (pageSize, count) => {
          const { emulator, call } = startFarm({ pageSize, runOrder: 'shuffled' });
          const project = emulator.addProject();
          const arns = addRuns(emulator, project, count);
          let asked = 0;

          const { items } = await allPages(
            (input) => {
              asked += 1;
              if (asked === 2) emulator.addRun({ project, name: 'late' });
              return call('ListRuns', input);
            },
            'runs',
            { arn: project },
          );

          const seen = items.map(({ arn }) => String(arn)).filter((arn) => arns.includes(arn));
          expect(seen.toSorted()).toEqual(arns.toSorted());
        },
      ),
    );
  });

  it('3.5 lists runs and jobs of every status', async () => {
    const { emulator, call } = startFarm();
    const project = emulator.addProject();
    const run = emulator.addRun({
      project,
      jobs: [{ status: 'COMPLETED' }, { status: 'RUNNING' }, { status: 'PENDING' }],
    });
    emulator.addRun({ project, created: begin - day });

    const runs = await call('ListRuns', { arn: project });
    const jobs = await call('ListJobs', { arn: run.arn });

    expect(itemsOf(runs.body, 'runs').map((item) => item.status)).toEqual(['RUNNING', 'COMPLETED']);
    expect(itemsOf(jobs.body, 'jobs').map((item) => item.status)).toEqual([
      'COMPLETED',
      'RUNNING',
      'PENDING',
    ]);
  });

  it.each([
    [true, ['RUNNING', 'COMPLETED']],
    [false, ['RUNNING']],
  ])('3.6 lists sessions newest first; completed ones too: %j', async (listCompletedSessions, expected) => {
    const { emulator, call } = startFarm({ listCompletedSessions });
    const project = emulator.addProject();
    emulator.addSession({ project, created: begin - day, sessionMinutes: 5 });
    emulator.addSession({ project, created: begin - minute });

    const { body } = await call('ListRemoteAccessSessions', { arn: project });

    expect(itemsOf(body, 'remoteAccessSessions').map((item) => item.status)).toEqual(expected);
  });

  it('3.7 lists jobs by index and projects oldest first', async () => {
    const { emulator, call } = startFarm({ pageSize: 2 });
    const projects = [emulator.addProject(), emulator.addProject(), emulator.addProject()];
    const { arn, jobs } = emulator.addRun({ project: projects[0] ?? '', jobs: [{}, {}, {}, {}, {}] });

    const listedJobs = await allPages((input) => call('ListJobs', input), 'jobs', { arn });
    const listedProjects = await allPages((input) => call('ListProjects', input), 'projects');

    expect(listedJobs.items.map((item) => item.arn)).toEqual(jobs);
    expect(listedProjects.items.map((item) => item.arn)).toEqual(projects);
  });

  it('3.7 lists one project if it is named', async () => {
    const { emulator, call } = startFarm();
    const [, second] = [emulator.addProject(), emulator.addProject()];

    const { body } = await call('ListProjects', { arn: second });

    expect(itemsOf(body, 'projects').map((item) => item.arn)).toEqual([second]);
  });

  it('3.8 shows work from its creation until 400 days later', async () => {
    const { emulator, call, pass } = startFarm();
    const project = emulator.addProject();
    const { arn, jobs } = emulator.addRun({ project, created: begin + minute });
    const session = emulator.addSession({ project, created: begin + minute });
    const look = async () => [
      itemsOf((await call('ListRuns', { arn: project })).body, 'runs').length,
      itemsOf((await call('ListRemoteAccessSessions', { arn: project })).body, 'remoteAccessSessions').length,
      (await call('GetRun', { arn })).status,
      (await call('ListJobs', { arn })).status,
      (await call('GetJob', { arn: jobs[0] })).status,
      (await call('GetRemoteAccessSession', { arn: session })).status,
    ];

    const before = await look();
    pass(1);
    const created = await look();
    pass(400 * 24 * 60);
    const last = await look();
    pass(1);
    const after = await look();

    expect(before).toEqual([0, 0, 400, 400, 400, 400]);
    expect(created).toEqual([1, 1, 200, 200, 200, 200]);
    expect(last).toEqual(created);
    expect(after).toEqual(before);
  });
});
