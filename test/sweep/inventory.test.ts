import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../emulator/faults.ts';
import { SweepFailedError } from '../../lambda/errors.ts';
import { PROJECT, runsInFlight } from '../../lambda/sweep/project-memory.ts';
import { DAY, HOUR, MINUTE } from '../../lambda/time.ts';
import { ACCOUNT } from '../support/samples.ts';
import { touches } from '../support/table-service.ts';
import { type InventoryWorld, MONTHLY, openInventory, policyOf, type Taken } from './open-inventory.ts';
import { addJob, addProjects } from './work.ts';

const arnsIn = ({ items }: Taken) => items.map(({ arn }) => arn).toSorted();
const projectsIn = ({ items }: Taken) => items.map(({ project }) => project.name).toSorted();
const IDLE = { ListProjects: 1, ListRuns: 1, ListRemoteAccessSessions: 1 };
/** Each test's moment: noon of 7 August. */
const BEGIN = Date.UTC(2026, 7, 7, 12);

describe('the inventory of an account', () => {
  it('sees every job and session in flight, over all pages', async () => {
    const world = await openInventory({ emulator: { pageSize: 2 } });
    const projects = ['a', 'b', 'c', 'd', 'e'].map((name) => world.emulator.addProject({ name }));
    const runs = projects.flatMap((project) =>
      [1, 2, 3].map(() => world.emulator.addRun({ project, jobs: Array(5).fill({ testMinutes: 100 }) })),
    );
    const sessions = projects.map((project) => world.emulator.addSession({ project }));
    world.pass(10);

    const taken = await world.take();

    expect(taken.diagnostics.partial).toBe(false);
    expect(taken.activeRuns).toBe(15);
    expect(arnsIn(taken)).toEqual([...runs.flatMap(({ jobs }) => jobs), ...sessions].toSorted());
    expect(taken.readProjects).toEqual(new Set(projects));
  });

  it('knows of each job its run, its project, its timeout and what it may be matched by', async () => {
    const world = await openInventory();
    const project = world.emulator.addProject({ name: 'mobile', defaultJobTimeoutMinutes: 90 });
    const key = { environmentVariables: [{ name: 'AUTOSTOP_KEY', value: 'pr-7' }] };
    const { arn, run } = addJob(world, {}, { project, override: { jobTimeoutMinutes: 0, ...key } });
    world.pass(10);

    const { items } = await world.take();

    expect(items).toMatchObject([
      {
        arn,
        kind: 'job',
        phase: 'started',
        device: 'Google Pixel 8',
        project: { arn: project, name: 'mobile' },
        run: { arn: run, name: 'nightly', devices: 1, key: 'pr-7', minutes: { metered: 10 } },
        timeoutMinutes: 90,
        usageAt: BEGIN,
        billing: 'metered',
        minutes: { total: 10, metered: 10, unmetered: 0 },
        runningSince: BEGIN,
        runningSinceSource: 'reported',
      },
    ]);
  });

  it.each<{ name: string; operation: string; fault: FaultKind }>([
    { name: 'denied runs', operation: 'ListRuns', fault: { kind: 'error', name: 'AccessDeniedException' } },
    { name: 'an HTML page', operation: 'ListRuns', fault: { kind: 'html' } },
    {
      name: 'an endless listing',
      operation: 'ListRuns',
      fault: { kind: 'rewritten', rewrite: () => ({ runs: [], nextToken: 'again' }) },
    },
    { name: 'unreadable jobs', operation: 'ListJobs', fault: { kind: 'closed' } },
  ])('is not hidden by one project that cannot be read: $name', async ({ operation, fault }) => {
    const world = await openInventory();
    const [bad] = addProjects(world, ['bad', 'good', 'fine']);
    world.pass(10);
    const struck = [bad?.project, bad?.run];
    world.emulator.faults.add({
      ...fault,
      operation,
      match: ({ input }) => struck.includes(String(input.arn)),
    });

    const taken = await world.take();

    expect(projectsIn(taken)).toEqual(expect.arrayContaining(['fine', 'good']));
    expect(taken.diagnostics.partial).toBe(true);
    expect(taken.problems).toEqual([expect.stringContaining('project "bad"')]);
    expect(taken.diagnostics.accessDenied).toBe(fault.kind === 'error' ? 1 : 0);
  });

  it('keeps what it could read of a listing that broke off', async () => {
    const world = await openInventory({ emulator: { pageSize: 1 } });
    const project = world.emulator.addProject();
    const [, newer] = [addJob(world, {}, { project }), addJob(world, {}, { project })];
    world.emulator.faults.add({
      kind: 'html',
      operation: 'ListRuns',
      match: ({ input }) => 'nextToken' in input,
    });

    const taken = await world.take();

    expect(arnsIn(taken)).toEqual([newer.arn]);
    expect(taken.diagnostics.partial).toBe(true);
  });

  it.each<FaultKind>([{ kind: 'shuffledPage' }, { kind: 'reversedPage' }, { kind: 'duplicatedItems' }])(
    'sees each item once whatever the pages look like: %o',
    async (fault) => {
      const world = await openInventory();
      const project = world.emulator.addProject();
      const arns = Array.from({ length: 8 }, () => addJob(world, {}, { project }).arn);
      world.emulator.faults.add({ ...fault, operation: '*' });

      const taken = await world.take();

      expect(arnsIn(taken)).toEqual(arns.toSorted());
      expect(taken.diagnostics.partial).toBe(false);
    },
  );

  it('takes empty replies, unknown statuses, missing members and no numbers for what they are', async () => {
    const world = await openInventory();
    const [odd, silent] = ['odd', 'silent'].map((name) => world.emulator.addProject({ name }));
    const dancing = addJob(world, { override: { status: 'DANCING' } }, { project: odd });
    const nan = addJob(
      world,
      { override: { deviceMinutes: { total: 'NaN', metered: 'NaN' } } },
      { project: odd },
    );
    const { arn } = addJob(world, {}, { project: silent });
    world.pass(10);
    for (const operation of ['ListRuns', 'ListRemoteAccessSessions']) {
      world.emulator.faults.add({ kind: 'emptyReply', operation, match: silent });
    }

    const taken = await world.take();

    expect(taken.items.find((item) => item.arn === dancing.arn)).toMatchObject({ phase: 'unknown' });
    expect(taken.items.find((item) => item.arn === nan.arn)).toMatchObject({ minutes: { metered: 10 } });
    expect(arnsIn(taken)).not.toContain(arn);
    expect(taken.budgets.every(({ spent }) => Number.isFinite(spent))).toBe(true);
    expect(taken.problems).toEqual([
      'project "odd": 1 kept, as nobody can judge it: job: status "DANCING" is not known',
    ]);
  });

  it('counts what ended before it was first seen, when the first replies held nothing', async () => {
    const world = await openInventory({ policy: MONTHLY });
    const project = world.emulator.addProject({ name: 'silent' });
    const { arn } = world.emulator.addRun({ project, created: BEGIN - HOUR, jobs: [{ testMinutes: 10 }] });
    world.emulator.faults.add({ kind: 'emptyReply', operation: 'ListRuns', times: 2 });
    for (let sweep = 0; sweep < 2; sweep += 1) {
      await world.take();
      world.pass(5);
    }
    const before = await world.ledgerSince();

    await world.take();

    expect(before).toEqual([]);
    expect(await world.ledgerSince()).toMatchObject([{ arn }]);
  });

  it('leaves out work without an ARN, says so, and remembers its project all the same', async () => {
    const world = await openInventory({ policy: MONTHLY });
    const project = world.emulator.addProject({ name: 'odd' });
    const ended = { project, created: BEGIN - HOUR, jobs: [{ testMinutes: 10 }] };
    world.emulator.addRun({ ...ended, override: { arn: undefined } });
    const { arn } = world.emulator.addRun(ended);

    const taken = await world.take();

    expect(taken.problems).toEqual(['project "odd": some of its runs have no usable ARN and are left out']);
    expect(await world.ledgerSince()).toMatchObject([{ arn }]);
    expect((await world.services.state.load()).all(PROJECT).size).toBe(1);
  });

  it('counts what ended while the list of projects was empty by mistake', async () => {
    const world = await openInventory({ policy: MONTHLY });
    const project = world.emulator.addProject({ name: 'silent' });
    addJob(world, {}, { project });
    await world.take();
    world.pass(5);
    const session = world.emulator.addSession({ project, created: world.clock.now(), sessionMinutes: 1 });
    world.emulator.faults.add({ kind: 'emptyReply', operation: 'ListProjects', times: 3 });
    for (let sweep = 0; sweep < 5; sweep += 1) {
      world.pass(5);
      await world.take();
    }

    expect((await world.ledgerSince()).map(({ arn }) => arn)).toContain(session);
  });

  it('counts a session whose status is missing up to the end that it reports', async () => {
    const world = await openInventory({ policy: MONTHLY });
    const project = world.emulator.addProject({ name: 'odd' });
    const created = BEGIN - 2 * HOUR;
    world.emulator.addSession({ project, created, sessionMinutes: 10, override: { status: undefined } });

    const taken = await world.take();

    expect(taken.usages.map(({ minutes }) => minutes.total)).toEqual([10.5]);
  });

  it('is asked for by its ARN when a complete listing no longer shows it', async () => {
    const world = await openInventory({ policy: MONTHLY });
    const { run, project } = addJob(world);
    await world.take();
    world.pass(5);
    const empty = () => ({ runs: [] });
    world.emulator.faults.add({ kind: 'rewritten', operation: 'ListRuns', match: project, rewrite: empty });

    const taken = await world.take();

    expect(taken.usages).toMatchObject([{ arn: run, basis: 'inFlight' }]);
    expect(taken.items).toHaveLength(1);
  });

  it('counts work that is gone by its last estimate', async () => {
    const world = await openInventory({ policy: MONTHLY });
    const { run } = addJob(world);
    world.pass(30);
    await world.take();
    world.emulator.faults.add({ kind: 'rewritten', operation: 'ListRuns', rewrite: () => ({ runs: [] }) });
    world.emulator.faults.add({ kind: 'error', name: 'NotFoundException', operation: 'GetRun' });

    const taken = await world.take();

    expect(taken.settled).toMatchObject([{ arn: run, basis: 'estimated', minutes: { metered: 30 } }]);
    expect(taken.usages).toEqual(taken.settled);
    expect(await world.ledgerSince()).toMatchObject([{ arn: run, basis: 'estimated' }]);
  });

  it('shows orders what is in flight without a call to Device Farm', async () => {
    const world = await openInventory();
    const { run, project } = addJob(world);
    const sessionArn = world.emulator.addSession({ project });
    addJob(world, { testMinutes: 1 }, { project });
    world.pass(20);
    await world.take();

    const known = runsInFlight((await world.take()).snapshot);

    const place = { projectArn: project, projectName: 'mobile', created: BEGIN };
    expect(known).toEqual([
      { ...place, runArn: run, runName: 'nightly' },
      { ...place, sessionArn },
    ]);
  });
});

describe('work whose listing cannot be true', () => {
  it.each([
    { what: 'five minutes after the start', counter: 5_000 },
    { what: 'beyond all money', counter: 1e300 },
  ])('does not use up the budget: a counter of $counter minutes $what', async ({ counter }) => {
    const world = await openInventory({ policy: MONTHLY });
    const deviceMinutes = { total: counter, metered: counter, unmetered: 0 };
    addJob(world, { override: { deviceMinutes } }, { jobTimeoutMinutes: 60 });
    world.pass(5);

    const { items, budgets } = await world.take();

    expect(items).toMatchObject([{ minutes: { total: 70, metered: 70 } }]);
    expect(budgets[0]?.spent).toBe(70 * 170_000);
  });

  it('does not keep other work from being settled: final counters and an ARN beyond all measure', async () => {
    const world = await openInventory({ policy: MONTHLY });
    const project = world.emulator.addProject({ name: 'odd' });
    const ended = { project, created: BEGIN - 30 * HOUR, jobs: [{ testMinutes: 10 }] };
    const deviceMinutes = { total: 1e300, metered: 1e300, unmetered: 0 };
    const vast = world.emulator.addRun({ ...ended, override: { deviceMinutes } });
    world.emulator.addRun({ ...ended, override: { arn: `arn:${'x'.repeat(2_000)}` } });
    const { arn } = world.emulator.addRun(ended);

    const { problems, budgets } = await world.take();

    expect((await world.ledgerSince()).map((one) => [one.arn, one.basis, one.minutes.metered])).toEqual([
      [arn, 'final', 11],
      [vast.arn, 'estimated', 11],
    ]);
    expect(budgets[0]?.amounts.minutes.spent).toBe(22);
    expect(problems).toEqual(['project "odd": some of its runs have no usable ARN and are left out']);
  });

  const prefix = `arn:aws:devicefarm:us-west-2:${ACCOUNT}`;
  it.each([
    { what: 'another account', arn: 'arn:aws:devicefarm:us-west-2:210987654321:job:PROJECT/RUN/00000' },
    { what: 'another region', arn: `arn:aws:devicefarm:eu-west-1:${ACCOUNT}:job:PROJECT/RUN/00000` },
    { what: 'another project', arn: `${prefix}:job:other/RUN/00000` },
    { what: 'another run', arn: `${prefix}:job:PROJECT/other/00000` },
    { what: 'another kind', arn: `${prefix}:session:PROJECT/RUN/00000` },
    { what: 'nothing', arn: 'job-1' },
  ])('is kept and reported: a job whose ARN names $what', async ({ arn }) => {
    const world = await openInventory();
    const { run } = addJob(world);
    const [projectId = '', runId = ''] = (run.split(':').at(-1) ?? '').split('/');
    const foreign = arn.replace('PROJECT', projectId).replace('RUN', runId);
    world.pass(5);
    world.emulator.faults.add({
      kind: 'rewritten',
      operation: 'ListJobs',
      rewrite: ({ jobs }) => ({
        jobs: Array.isArray(jobs) ? jobs.map((job) => Object.assign({}, job, { arn: foreign })) : [],
      }),
    });

    const { items, problems } = await world.take();

    expect(items).toMatchObject([{ arn: foreign, phase: 'unknown', status: 'RUNNING' }]);
    expect(problems).toEqual([
      expect.stringMatching(
        /^project "mobile": 1 kept, as nobody can judge it: job: ".*" is not the ARN of a job or session of this account and project$/,
      ),
    ]);
  });

  it('is kept and reported: a session of another project', async () => {
    const world = await openInventory();
    const other = world.emulator.addSession({ project: world.emulator.addProject({ name: 'other' }) });
    const lab = world.emulator.addProject({ name: 'lab' });
    world.emulator.addSession({ project: lab });
    world.pass(5);
    world.emulator.faults.add({
      kind: 'rewritten',
      operation: 'ListRemoteAccessSessions',
      match: lab,
      rewrite: ({ remoteAccessSessions: all }) => ({
        remoteAccessSessions: Array.isArray(all)
          ? all.map((one) => Object.assign({}, one, { arn: other }))
          : [],
      }),
    });

    const { items } = await world.take();

    expect(items.map(({ project, phase }) => [project.name, phase])).toEqual([
      ['other', 'started'],
      ['lab', 'unknown'],
    ]);
  });
});

describe('a history that is settled', () => {
  /** A project with 40 runs and sessions that ended in the last two days. */
  async function withHistory() {
    const world = await openInventory({ policy: MONTHLY });
    const project = world.emulator.addProject({ name: 'mobile' });
    for (let age = 1; age <= 40; age += 1) {
      const created = BEGIN - age * HOUR;
      world.emulator.addRun({ project, created, jobs: [{ testMinutes: 10 }] });
      world.emulator.addSession({ project, created, sessionMinutes: 10 });
    }
    return { world, project };
  }

  it('is read to its end once, and one page of it from then on', async () => {
    const { world } = await withHistory();
    const first = await world.take();
    world.pass(5);

    const counts = await world.requestsDuring(() => world.take());

    expect(first.settled).toHaveLength(80);
    expect(first.completeFrom).toBe(Date.UTC(2026, 7, 1));
    expect(counts).toEqual(IDLE);
  });

  it('stands in the ledger once', async () => {
    const { world } = await withHistory();
    await world.take();
    world.pass(5);

    const second = await world.take();

    expect(second.settled).toEqual([]);
    expect(await world.ledgerSince()).toHaveLength(80);
  });

  it('is settled again when the ledger did not take it', async () => {
    const { world } = await withHistory();
    world.tables.fail({ match: ({ operation }) => operation === 'BatchWriteItem', times: 1 });

    const first = await world.take();
    world.pass(5);
    const second = await world.take();

    expect(first.diagnostics.partial).toBe(true);
    expect(second.settled).toHaveLength(80);
    expect(await world.ledgerSince()).toHaveLength(80);
  });

  it('costs an idle sweep of five projects four calls to DynamoDB, one of which writes', async () => {
    const { world } = await withHistory();
    for (const name of ['a', 'b', 'c', 'd']) world.emulator.addProject({ name });
    await world.take();

    const idle: (readonly string[])[] = [];
    for (let count = 0; count < 5; count += 1) {
      world.pass(11);
      idle.push(await world.tableCallsDuring(() => world.take()));
    }

    const calls = ['Query sweep', 'PutItem sweep rotation', 'Query ledger-sealed', 'Query ledger'];
    expect(idle).toEqual(Array(5).fill(calls));
  });

  it('is not written again by days of idle sweeps', async () => {
    const { world } = await withHistory();
    await world.take();

    const writes: string[] = [];
    for (let hour = 0; hour < 72; hour += 6) {
      world.pass(360);
      writes.push(...(await world.tableCallsDuring(() => world.take())));
    }

    expect(writes.filter((call) => call === 'PutItem sweep project').length).toBeLessThanOrEqual(3);
    expect(writes.filter((call) => call.startsWith('BatchWriteItem'))).toEqual([]);
  });

  it('is read in full again when a policy looks further back', async () => {
    const { world } = await withHistory();
    const recent = policyOf();
    const first = await world.take({ policy: recent });
    world.pass(5);

    const second = await world.take();

    expect(first.settled.length).toBeLessThan(60);
    expect(first.settled.length + second.settled.length).toBeGreaterThanOrEqual(80);
    expect(await world.ledgerSince()).toHaveLength(80);
    expect(second.budgets[0]?.amounts.minutes.spent).toBe(40 * 11 + 40 * 10.5);
  });
});

describe('a listing that is not newest first', () => {
  /** Two runs a page, of which the second page hides a run that is newer than the first page. */
  async function withDisorder() {
    const world = await openInventory({ policy: MONTHLY, emulator: { pageSize: 2 } });
    const project = world.emulator.addProject({ name: 'mobile', runOrder: 'oldest-first' });
    for (let age = 10; age >= 1; age -= 1) {
      world.emulator.addRun({ project, created: BEGIN - age * HOUR, jobs: [{ testMinutes: 10 }] });
    }
    return { world, project };
  }

  it('is read in full, now and from then on', async () => {
    const { world, project } = await withDisorder();
    await world.take();
    const { arn } = addJob(world, {}, { project });
    world.pass(5);

    const counts = await world.requestsDuring(async () => {
      expect(arnsIn(await world.take())).toEqual([arn]);
    });

    expect(counts.ListRuns).toBe(6);
    const [memory] = (await world.services.state.load()).all(PROJECT).values();
    expect(memory?.value.runs.unordered).toBe(true);
    expect(memory?.value.sessions.unordered).toBeUndefined();
  });

  it('hides no run behind a page that looks ordered once disorder was seen', async () => {
    const { world, project } = await withDisorder();
    await world.take();
    const { arn } = addJob(world, {}, { project });
    // From now on the first page is newest first and older than the watermark.
    world.emulator.faults.add({
      kind: 'rewritten',
      operation: 'ListRuns',
      match: ({ input }) => !('nextToken' in input),
      rewrite: ({ runs, ...rest }) => ({ ...rest, runs: Array.isArray(runs) ? runs.toReversed() : [] }),
    });
    world.pass(60);

    expect(arnsIn(await world.take())).toEqual([arn]);
  });
});

describe('a project that is not listed any more', () => {
  /** A job RUNNING for half an hour in a project that the next listing does not show. */
  async function withLostProject() {
    const world = await openInventory({ policy: MONTHLY });
    const [kept, lost] = addProjects(world, ['kept', 'lost']);
    world.pass(30);
    await world.take();
    if (!kept || !lost) throw new Error('two projects were added');
    return { world, kept: kept.run, lost: lost.run, project: lost.project };
  }

  function unlist({ emulator }: InventoryWorld, project: string, more: Record<string, string> = {}) {
    emulator.faults.add({
      kind: 'rewritten',
      operation: 'ListProjects',
      match: ({ input }) => !('nextToken' in input),
      rewrite: ({ projects, ...rest }) => ({
        ...rest,
        projects: Array.isArray(projects)
          ? projects.filter((one) => JSON.stringify(one).includes(project) === false)
          : [],
        ...more,
      }),
    });
  }

  it('leaves what was in flight in it, settled by the last estimate once it is gone', async () => {
    const { world, lost, project } = await withLostProject();
    unlist(world, project);
    world.emulator.faults.add({ kind: 'error', name: 'NotFoundException', operation: 'GetRun', match: lost });

    const first = await world.take();
    const second = await world.take();

    expect(first.settled).toMatchObject([
      { arn: lost, basis: 'estimated', project: { name: 'lost' }, minutes: { metered: 30 } },
    ]);
    expect(first).toMatchObject({ projects: [{ name: 'kept' }] });
    expect(first.problems).toEqual([]);
    expect(second.settled).toEqual([]);
    expect(await world.ledgerSince()).toMatchObject([{ arn: lost }]);
  });

  it('is followed by its work', async () => {
    const { world, lost, kept, project } = await withLostProject();
    unlist(world, project);
    world.pass(5);

    const counts = await world.requestsDuring(async () => {
      const { usages, items } = await world.take();
      expect(usages.map(({ arn }) => arn).toSorted()).toEqual([kept, lost].toSorted());
      expect(items).toHaveLength(2);
    });

    expect(counts).toMatchObject({ ListRuns: 1, GetRun: 1 });
  });

  it('is read on while the listing of projects breaks off, and no figure is called complete', async () => {
    const { world, lost, kept, project } = await withLostProject();
    unlist(world, project, { nextToken: 'more' });
    world.emulator.faults.add({
      kind: 'html',
      operation: 'ListProjects',
      match: ({ input }) => 'nextToken' in input,
    });

    const taken = await world.take();

    expect(taken.usages.map(({ arn }) => arn).toSorted()).toEqual([kept, lost].toSorted());
    expect(projectsIn(taken)).toEqual(['kept', 'lost']);
    expect(taken.completeFrom).toBeUndefined();
    expect(taken.diagnostics.partial).toBe(true);
  });
});

describe('while ListProjects does not answer', () => {
  const refusals = ['ThrottlingException', 'AccessDeniedException'] as const;

  it.each(refusals)('the sweep goes on with the projects that it knows: %s', async (name) => {
    const world = await openInventory();
    const [known] = addProjects(world, ['known']);
    await world.take();
    world.emulator.faults.add({ kind: 'error', name, operation: 'ListProjects' });
    const { arn } = addJob(world, {}, { project: known?.project });
    world.pass(5);

    const taken = await world.take();

    expect(arnsIn(taken)).toEqual([known?.arn, arn].toSorted());
    expect(taken.items).toMatchObject([{ timeoutMinutes: 150 }, { timeoutMinutes: 150 }]);
    expect(taken.diagnostics.partial).toBe(true);
    expect(taken.problems).toEqual([
      expect.stringContaining('not all projects could be listed; the known ones are read'),
    ]);
  });

  it('the sweep fails only if it knows none', async () => {
    const world = await openInventory();
    addProjects(world, ['unknown']);
    world.emulator.faults.add({ kind: 'error', name: 'AccessDeniedException', operation: 'ListProjects' });

    await expect(world.take()).rejects.toThrow(SweepFailedError);
  });

  it('the sweep comes to know them again without the item that says when they were read', async () => {
    const world = await openInventory();
    addProjects(world, ['known']);
    await world.take();
    await world.table.remove({ pk: 'sweep', sk: 'rotation#projects' });
    world.emulator.faults.add({ kind: 'error', name: 'ThrottlingException', operation: 'ListProjects' });

    expect(projectsIn(await world.take())).toEqual(['known']);
  });
});

describe('what is remembered', () => {
  it.each([
    { what: 'no text', packed: 'nonsense' },
    { what: 'no packed bytes', packed: new Uint8Array([1, 2, 3]) },
  ])('may be malformed: it is reported once, and the project is read again ($what)', async ({ packed }) => {
    const world = await openInventory({ policy: MONTHLY });
    const { arn, project } = addJob(world);
    addJob(world, { testMinutes: 10 }, { project });
    world.pass(60);
    const before = await world.take();
    await world.table.put({ pk: 'sweep', sk: `project#${project}`, packed, version: 7 });

    const sweeps = [await world.take(), await world.take(), await world.take()];

    for (const { items, budgets, diagnostics } of sweeps) {
      expect(items.map((item) => item.arn)).toEqual([arn]);
      expect(budgets[0]?.spent).toBe(before.budgets[0]?.spent);
      expect(diagnostics.partial).toBe(false);
    }
    expect(sweeps.map(({ problems }) => problems)).toEqual([
      [expect.stringContaining(`item project#${project} of the state table is malformed`)],
      [],
      [],
    ]);
    expect((await world.services.state.load()).all(PROJECT).size).toBe(1);
  });

  it('may be lost with all of the state table: figures are the same', async () => {
    const world = await openInventory({ policy: MONTHLY });
    const project = world.emulator.addProject({ name: 'mobile' });
    addJob(world, {}, { project });
    for (let age = 1; age <= 9; age += 1) {
      addJob(world, { testMinutes: 10 }, { project, created: BEGIN - age * DAY + HOUR });
    }
    world.pass(30);
    await world.take();
    world.pass(DAY / MINUTE - 30);
    const before = await world.take();
    for (const pk of ['sweep', 'ledger', 'ledger-sealed']) {
      for (const { sk } of await world.table.query({ key: ['pk', pk] })) await world.table.remove({ pk, sk });
    }

    const [warm, cold] = [await world.take(), await world.container().take()];

    expect(warm.budgets).toEqual(before.budgets);
    expect(cold.budgets).toEqual(before.budgets);
    expect(before.budgets[0]?.amounts.minutes.spent).toBeGreaterThan(100);
  });

  it('lets work that reports no start begin when it was first seen RUNNING', async () => {
    const world = await openInventory();
    addJob(world, { override: { started: undefined } });
    world.pass(30);
    await world.take();
    world.pass(30);

    const { items } = await world.take();

    expect(items).toMatchObject([
      { runningSince: BEGIN + 30 * MINUTE, runningSinceSource: 'observed', minutes: { total: 30 } },
    ]);
  });

  it('is not written by a plan, which reads every project', async () => {
    const world = await openInventory();
    addProjects(world, ['a', 'b']);
    world.pass(5);

    const calls = await world.tableCallsDuring(() => world.take({ write: false }));

    expect(calls).toEqual(['Query sweep', 'Query ledger-sealed', 'Query ledger']);
  });

  it('is written once by two sweeps at once, which count everything once', async () => {
    const world = await openInventory({ policy: MONTHLY });
    const project = world.emulator.addProject({ name: 'mobile' });
    addJob(world, {}, { project });
    for (let age = 1; age <= 9; age += 1) {
      addJob(world, { testMinutes: 10 }, { project, created: BEGIN - age * HOUR });
    }
    world.pass(30);
    await world.take();
    world.pass(200);

    const both = await Promise.all([world.container().take(), world.container().take()]);
    const after = await world.take();

    const figures = [...both, after].map(({ budgets }) => budgets[0]?.amounts.minutes.spent);
    expect(figures).toEqual(Array(3).fill(9 * 11 + 121));
    for (const { problems } of both) expect(problems).toEqual([]);
    const written = world.tables.calls.filter(touches('PutItem', 'sweep'));
    expect(written.some(({ status }) => status === 400)).toBe(true);
  });
});

describe('without its memory, because the state table could not be read', () => {
  it('a sweep sees everything in flight all the same, and overwrites nothing', async () => {
    const world = await openInventory();
    const { arn, project } = addJob(world);
    await world.take();
    const before = (await world.services.state.load()).get(PROJECT, project);
    world.pass(5);

    const taken = await world.take({ isBlind: true });

    expect(arnsIn(taken)).toEqual([arn]);
    expect((await world.services.state.load()).get(PROJECT, project)).toEqual(before);
  });

  it('a sweep takes work that reports no start for just begun, and so over no limit', async () => {
    const world = await openInventory();
    addJob(world, { override: { started: undefined } });
    world.pass(30);
    await world.take();
    world.pass(90);

    const { items } = await world.take({ isBlind: true });

    expect(items).toMatchObject([{ runningSince: world.clock.now(), minutes: { total: 0 } }]);
  });
});

describe('the settings of the account', () => {
  it('are read at most once an hour, whichever container asks', async () => {
    const world = await openInventory();
    const readings = () =>
      world.emulator.requests.filter(({ operation }) => operation === 'GetAccountSettings').length;

    const counts: number[] = [];
    for (const minutes of [0, 5, 54, 1, 59, 1]) {
      world.pass(minutes);
      await world.container().take();
      counts.push(readings());
    }

    expect(counts).toEqual([1, 1, 1, 2, 2, 3]);
  });

  it('give the timeout of jobs whose run and project set none', async () => {
    const account = { defaultJobTimeoutMinutes: 90, trialMinutes: { total: 1000, remaining: 954.1 } };
    const world = await openInventory({ emulator: { account } });
    // 0 is none. The emulator itself shows the account's where nothing else is set.
    const project = world.emulator.addProject({ override: { defaultJobTimeoutMinutes: 0 } });
    addJob(world, {}, { project, override: { jobTimeoutMinutes: 0 } });
    world.pass(10);

    const taken = await world.take();

    expect(taken.lines[0]?.amounts.minutes).toMatchObject({ spent: 10, worstCase: 90 });
    expect(taken.account?.trial).toEqual({ total: 1000, remaining: 954.1 });
  });

  it('are reported and old ones used when they cannot be read', async () => {
    const world = await openInventory();
    await world.take();
    world.pass(60);
    const denied = { operation: 'GetAccountSettings', kind: 'error', name: 'AccessDeniedException' } as const;
    world.emulator.faults.add(denied);

    const taken = await world.take();

    expect(taken.problems).toEqual([
      expect.stringContaining('settings of the account could not be read: AccessDeniedException'),
    ]);
    expect(taken.diagnostics).toMatchObject({ partial: false, accessDenied: 1 });
    expect(taken.account).toBeDefined();
  });
});

describe('what only some rules need', () => {
  const stalled = policyOf({ rules: [{ id: 'stuck', type: 'stalled', maxMinutes: 20 }] });

  it.each([
    { what: 'a stalled rule', policy: stalled, since: BEGIN + 5 * MINUTE },
    { what: 'no such rule', policy: policyOf(), since: undefined },
  ])('is remembered only for them: progress with $what', async ({ policy, since }) => {
    const world = await openInventory({ policy });
    addJob(world);
    for (let count = 0; count < 3; count += 1) {
      world.pass(5);
      await world.take();
    }

    const { items } = await world.take();

    expect(items[0]?.progress?.since).toBe(since);
  });

  it('is known of later jobs: how long successful ones took, which costs one listing a run', async () => {
    const world = await openInventory();
    const { project } = addJob(world, { testMinutes: 20, setupMinutes: 0, teardownMinutes: 0 });
    addJob(world, { testMinutes: 12, result: 'FAILED' }, { project });
    world.pass(10);
    await world.take();
    world.pass(20);
    const counts = await world.requestsDuring(async () => {
      for (let count = 0; count < 4; count += 1) {
        await world.take();
        world.pass(5);
      }
    });

    expect(await world.durationsOf(project, 'nightly')).toEqual([['Google Pixel 8', [20]]]);
    expect(counts.ListJobs).toBe(2);
  });
});
