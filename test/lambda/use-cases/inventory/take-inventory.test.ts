import { describe, expect, it } from 'vitest';
import { Table } from '../../../../lambda/aws/table.ts';
import { SweepFailedError } from '../../../../lambda/core/errors.ts';
import type { PolicyInput } from '../../../../lambda/core/policy/schema.ts';
import { takeInventory } from '../../../../lambda/use-cases/inventory/take-inventory.ts';
import type { FaultKind } from '../../../../emulator/faults.ts';
import { BEGIN, type Guard, startGuard } from '../../../harness/guard-in-process.ts';
import { queries, STATE_TABLE, type TableCall, touches } from '../../../harness/table-service.ts';
import { addJob, addSession } from '../../../harness/work.ts';

const MONTHLY: Partial<PolicyInput> = {
  rules: [
    {
      id: 'month',
      type: 'budget',
      period: 'month',
      limit: { usd: 1000 },
      thresholds: [{ percent: 100, action: 'notify' }],
    },
  ],
};

/** Reads everything as a sweep does, and keeps what a sweep keeps. */
function read(guard: Guard, how: Parameters<Guard['begin']>[0] = {}) {
  const { policy, ports } = guard;
  return takeInventory({ ...ports, keeper: ports }, { policy }, guard.begin(how));
}

/** How often each operation was asked during some work. */
async function requestsDuring(guard: Guard, work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = guard.emulator.requests.length;
  await work();
  const counts: Record<string, number> = {};
  for (const { operation } of guard.emulator.requests.slice(before)) {
    counts[operation] = (counts[operation] ?? 0) + 1;
  }
  return counts;
}

/** Projects with one running job each, in the order of their names. */
function addProjects(guard: Guard, names: readonly string[]) {
  return names.map((name) => addJob(guard, {}, { project: guard.emulator.addProject({ name }) }));
}

const projectsIn = ({ items }: Awaited<ReturnType<typeof read>>) =>
  items.map((item) => item.project.name).sort();

describe('takeInventory', () => {
  it('sees every job and session in flight, over all pages', async () => {
    const guard = await startGuard({ emulator: { pageSize: 2 } });
    const projects = ['a', 'b', 'c', 'd', 'e'].map((name) => guard.emulator.addProject({ name }));
    const runs = projects.flatMap((project) =>
      [1, 2, 3].map(() => guard.emulator.addRun({ project, jobs: Array(5).fill({ testMinutes: 100 }) })),
    );
    const sessions = projects.map((project) => guard.emulator.addSession({ project }));
    guard.pass(10);

    const inventory = await read(guard);

    expect(inventory.partial).toBe(false);
    expect(inventory.activeRuns).toBe(15);
    expect(inventory.items.map(({ arn }) => arn).sort()).toEqual(
      [...runs.flatMap(({ jobs }) => jobs), ...sessions].sort(),
    );
  });

  it.each<{ name: string; operation: string; fault: FaultKind }>([
    { name: 'denied runs', operation: 'ListRuns', fault: { kind: 'error', name: 'AccessDeniedException' } },
    { name: 'an HTML page', operation: 'ListRuns', fault: { kind: 'html' } },
    { name: 'an endless listing', operation: 'ListRuns', fault: { kind: 'rewritten', rewrite: endless } },
    { name: 'unreadable jobs', operation: 'ListJobs', fault: { kind: 'closed' } },
  ])('one project that cannot be read hides no other: $name', async ({ operation, fault }) => {
    const guard = await startGuard();
    const [bad] = addProjects(guard, ['bad', 'good', 'fine']);
    guard.pass(10);
    const struck = [bad?.project, bad?.run];
    guard.emulator.faults.add({
      ...fault,
      operation,
      match: ({ input }) => struck.includes(String(input.arn)),
    });

    const inventory = await read(guard);

    expect(projectsIn(inventory)).toEqual(expect.arrayContaining(['fine', 'good']));
    expect(inventory.partial).toBe(true);
    expect(inventory.problems).toEqual([expect.stringContaining('project "bad"')]);
    expect(inventory.accessDenied).toBe(fault.kind === 'error' ? 1 : 0);
  });

  it('keeps what it could read of a listing that broke off', async () => {
    const guard = await startGuard({ emulator: { pageSize: 1 } });
    const project = guard.emulator.addProject();
    const [older, newer] = [addJob(guard, {}, { project }), addJob(guard, {}, { project })];
    guard.emulator.faults.add({
      kind: 'html',
      operation: 'ListRuns',
      match: ({ input }) => 'nextToken' in input,
    });

    const inventory = await read(guard);

    expect(inventory.items.map(({ arn }) => arn)).toEqual([newer.arn]);
    expect(inventory.partial).toBe(true);
    expect(older.arn).not.toBe(newer.arn);
  });

  it('throws when not even the projects can be listed', async () => {
    const guard = await startGuard();
    guard.emulator.faults.add({ kind: 'error', name: 'AccessDeniedException', operation: 'ListProjects' });

    const reading = read(guard);

    await expect(reading).rejects.toThrow(SweepFailedError);
  });

  it.each<FaultKind>([{ kind: 'shuffledPage' }, { kind: 'reversedPage' }, { kind: 'duplicatedItems' }])(
    'sees each item once whatever the pages look like: %o',
    async (fault) => {
      const guard = await startGuard({ emulator: { pageSize: 3 } });
      const project = guard.emulator.addProject();
      const arns = Array.from({ length: 8 }, () => addJob(guard, {}, { project }).arn);
      guard.emulator.faults.add({ ...fault, operation: '*' });

      const inventory = await read(guard);

      expect(inventory.items.map(({ arn }) => arn).sort()).toEqual(arns.sort());
      expect(inventory.partial).toBe(false);
    },
  );

  it('reads one page each of runs and sessions of a project whose history is settled', async () => {
    const guard = await startGuard({ policy: MONTHLY });
    const project = guard.emulator.addProject();
    const begin = guard.clock.now();
    for (let age = 1; age <= 40; age += 1) {
      const created = begin - age * 3_600_000;
      guard.emulator.addRun({ project, created, jobs: [{ testMinutes: 10 }] });
      guard.emulator.addSession({ project, created, sessionMinutes: 10 });
    }
    await read(guard);
    guard.pass(5);

    const counts = await requestsDuring(guard, () => read(guard));

    expect(counts).toEqual({ ListProjects: 1, ListRuns: 1, ListRemoteAccessSessions: 1 });
  });

  it('puts settled runs and sessions into the ledger once', async () => {
    const guard = await startGuard({ policy: MONTHLY });
    const project = guard.emulator.addProject();
    const created = guard.clock.now() - 3_600_000;
    const { arn: run } = guard.emulator.addRun({ project, created, jobs: [{ testMinutes: 10 }] });
    const session = guard.emulator.addSession({ project, created, sessionMinutes: 10 });

    const first = await read(guard);
    guard.pass(5);
    const second = await read(guard);

    expect(first.settled.map(({ arn }) => arn).sort()).toEqual([run, session].sort());
    expect(second.settled).toEqual([]);
    const known = await guard.ports.ledger.between(created, guard.clock.now());
    expect(known.map(({ arn }) => arn).sort()).toEqual([run, session].sort());
  });

  it('settles again what the ledger did not take', async () => {
    const guard = await startGuard({ policy: MONTHLY });
    const project = guard.emulator.addProject();
    const created = guard.clock.now() - 3_600_000;
    const { arn } = guard.emulator.addRun({ project, created, jobs: [{ testMinutes: 10 }] });
    guard.tables.fail({ match: ({ operation }) => operation === 'BatchWriteItem', times: 1 });

    const first = await read(guard);
    guard.pass(5);
    await read(guard);

    expect(first.partial).toBe(true);
    expect(await guard.ports.ledger.between(created, guard.clock.now())).toMatchObject([{ arn }]);
  });

  it('one run without an ARN does not keep its project from being remembered', async () => {
    const guard = await startGuard({ policy: MONTHLY });
    const project = guard.emulator.addProject({ name: 'odd' });
    const created = guard.clock.now() - 3_600_000;
    guard.emulator.addRun({ project, created, jobs: [{ testMinutes: 10 }], override: { arn: undefined } });
    const { arn } = guard.emulator.addRun({ project, created, jobs: [{ testMinutes: 10 }] });

    const inventory = await read(guard);

    expect(inventory.problems).toEqual(['project "odd": some of its runs have no ARN and are left out']);
    expect(await guard.ports.ledger.between(created, guard.clock.now())).toMatchObject([{ arn }]);
    expect((await guard.ports.memories.all()).size).toBe(1);
  });

  it('asks for work by its ARN that a complete listing no longer shows', async () => {
    const guard = await startGuard({ policy: MONTHLY });
    const { run, project } = addJob(guard);
    await read(guard);
    guard.pass(5);
    const empty = () => ({ runs: [] });
    guard.emulator.faults.add({ kind: 'rewritten', operation: 'ListRuns', match: project, rewrite: empty });

    const inventory = await read(guard);

    expect(inventory.unsettled).toMatchObject([{ arn: run }]);
    expect(inventory.items).toHaveLength(1);
  });

  it('charges work that is gone by its last estimate', async () => {
    const guard = await startGuard({ policy: MONTHLY });
    const { run } = addJob(guard);
    guard.pass(30);
    await read(guard);
    const gone = { kind: 'error', name: 'NotFoundException', operation: 'GetRun' } as const;
    guard.emulator.faults.add({ kind: 'rewritten', operation: 'ListRuns', rewrite: () => ({ runs: [] }) });
    guard.emulator.faults.add(gone);

    const inventory = await read(guard);

    expect(inventory.settled).toMatchObject([{ arn: run, basis: 'estimated' }]);
    expect(inventory.settled[0]?.minutes.metered).toBeCloseTo(30, 0);
    expect(inventory.unsettled).toEqual([]);
  });

  describe('with a project that is not listed any more', () => {
    /** A guard that has seen a job RUNNING for half an hour in a project that the next listing does not show. */
    async function guardThatLost() {
      const guard = await startGuard({ policy: MONTHLY });
      const [kept, lost] = addProjects(guard, ['kept', 'lost']);
      guard.pass(30);
      await read(guard);
      return { guard, kept: kept?.run, lost: lost?.run, project: lost?.project };
    }

    function unlist(guard: Guard, project: string | undefined, more: object = {}) {
      guard.emulator.faults.add({
        kind: 'rewritten',
        operation: 'ListProjects',
        match: ({ input }) => !('nextToken' in input),
        rewrite: (body) => ({
          ...body,
          projects: Array.isArray(body.projects)
            ? body.projects.filter(({ arn }: { arn?: unknown }) => arn !== project)
            : [],
          ...more,
        }),
      });
    }

    it('settles what was in flight in it by the last estimate once it is gone', async () => {
      const { guard, lost, project } = await guardThatLost();
      unlist(guard, project);
      const ofProject = ({ input }: { input: Record<string, unknown> }) => input.arn === lost;
      guard.emulator.faults.add({
        kind: 'error',
        name: 'NotFoundException',
        operation: 'GetRun',
        match: ofProject,
      });

      const first = await read(guard);
      const second = await read(guard);

      expect(first.settled).toMatchObject([{ arn: lost, basis: 'estimated', project: { name: 'lost' } }]);
      expect(first.settled[0]?.minutes.metered).toBeCloseTo(30, 0);
      expect(first).toMatchObject({ partial: false, projects: [{ name: 'kept' }] });
      expect(second.settled).toEqual([]);
      const known = await guard.ports.ledger.between(BEGIN, guard.clock.now());
      expect(known).toMatchObject([{ arn: lost }]);
    });

    it('follows what goes on in it', async () => {
      const { guard, lost, kept, project } = await guardThatLost();
      unlist(guard, project);
      guard.pass(5);

      const { unsettled, items } = await read(guard);

      expect(unsettled.map(({ arn }) => arn).sort()).toEqual([kept, lost].sort());
      expect(items).toHaveLength(2);
    });

    it('counts on what was in flight in it when the listing broke off, and calls no figure complete', async () => {
      const { guard, lost, kept, project } = await guardThatLost();
      unlist(guard, project, { nextToken: 'more' });
      guard.emulator.faults.add({
        kind: 'html',
        operation: 'ListProjects',
        match: ({ input }) => 'nextToken' in input,
      });

      const inventory = await read(guard);

      expect(inventory.unsettled.map(({ arn }) => arn).sort()).toEqual([kept, lost].sort());
      expect(inventory.completeFrom).toBeUndefined();
      expect(inventory.partial).toBe(true);
    });
  });

  describe('without its memory', () => {
    it('sees everything in flight all the same, and says that it is partial', async () => {
      const guard = await startGuard();
      const { arn } = addJob(guard);
      await read(guard);
      guard.tables.fail({ match: queries('project') });

      const inventory = await read(guard);

      expect(inventory.items.map((item) => item.arn)).toEqual([arn]);
      expect(inventory.partial).toBe(true);
    });

    it('does not overwrite what another sweep remembers', async () => {
      const guard = await startGuard();
      const { project } = addJob(guard);
      await read(guard);
      const before = (await guard.ports.memories.all()).get(project);
      const revive = guard.tables.fail({ match: queries('project') });
      guard.pass(5);
      await read(guard);
      revive();

      const after = await guard.ports.memories.all();

      expect(after.get(project)).toEqual(before);
    });

    it('takes work that reports no start for just begun', async () => {
      const guard = await startGuard();
      addJob(guard, { override: { started: undefined } });
      guard.pass(30);
      await read(guard);
      guard.pass(30);
      guard.tables.fail({ match: queries('project') });

      const { items } = await read(guard);

      expect(items).toMatchObject([{ runningSince: guard.clock.now(), runningSinceSource: 'observed' }]);
    });
  });

  describe('without enough time', () => {
    /** Lets each request of Device Farm take that long. */
    function slow(guard: Guard, seconds: number): void {
      guard.emulator.onRequest = () => guard.clock.advance(seconds * 1_000);
    }
    const names = Array.from({ length: 30 }, (_, index) => `p${String(index).padStart(2, '0')}`);

    it('uses half of the time, and begins with the rest the next time', async () => {
      const guard = await startGuard();
      addProjects(guard, names);
      slow(guard, 1);
      const first = await read(guard, { timeout: 100_000 });

      const second = await read(guard, { timeout: 100_000 });

      const missed = names.filter((name) => !projectsIn(first).includes(name));
      expect(missed.length).toBeGreaterThan(0);
      expect(first.problems.length).toBeGreaterThanOrEqual(missed.length);
      expect(guard.clock.now()).toBeLessThan(BEGIN + 2 * 60_000);
      expect(projectsIn(second)).toEqual(expect.arrayContaining(missed));
    });

    it('counts what a project that was cut off had in flight', async () => {
      const guard = await startGuard();
      const works = addProjects(guard, names);
      await read(guard);
      guard.pass(5);
      slow(guard, 1);

      const inventory = await read(guard, { timeout: 100_000 });

      expect(inventory.items.length).toBeLessThan(works.length);
      expect(inventory.unsettled.map(({ arn }) => arn).sort()).toEqual(works.map(({ run }) => run).sort());
    });

    it('breaks off a long listing as well, and keeps what it has read of it', async () => {
      const guard = await startGuard({ emulator: { pageSize: 1, runOrder: 'shuffled' } });
      const project = guard.emulator.addProject({ name: 'long' });
      for (let count = 0; count < 60; count += 1) addJob(guard, {}, { project });
      slow(guard, 1);

      const inventory = await read(guard, { timeout: 60_000 });

      expect(inventory.items.length).toBeGreaterThan(0);
      expect(inventory.items.length).toBeLessThan(60);
      expect(inventory.partial).toBe(true);
      expect(inventory.problems.join()).toContain('no time was left');
      expect(guard.clock.now()).toBeLessThanOrEqual(BEGIN + 40_000);
    });

    describe('for a history that is longer than a sweep can read', () => {
      const DAY = 24 * 3_600_000;

      /** A project with ten runs on each of the last five days, of which a sweep can read three days. */
      async function guardOfLongHistory(runOrder: 'newest-first' | 'shuffled' = 'newest-first') {
        const guard = await startGuard({ policy: MONTHLY, emulator: { pageSize: 1, runOrder } });
        const project = guard.emulator.addProject({ name: 'long' });
        const runs = Array.from({ length: 50 }, (_, index) => {
          const created = BEGIN - (index + 1) * (DAY / 10);
          return { created, ...guard.emulator.addRun({ project, created, jobs: [{ testMinutes: 10 }] }) };
        });
        slow(guard, 1);
        const readInTime = () => read(guard, { timeout: 80_000 });
        const known = async () => {
          const charges = await guard.ports.ledger.between(BEGIN - 6 * DAY, guard.clock.now());
          return charges.map(({ arn }) => arn);
        };
        return { guard, runs, readInTime, known };
      }

      it('calls complete what it could read of it, and reads no further than that', async () => {
        const { guard, runs, readInTime, known } = await guardOfLongHistory();

        const first = await readInTime();
        guard.pass(5);
        const counts = await requestsDuring(guard, async () => {
          expect(await readInTime()).toMatchObject({ partial: false, completeFrom: first.completeFrom });
        });

        const { completeFrom = BEGIN } = first;
        expect(completeFrom).toBeGreaterThan(BEGIN - 4 * DAY);
        expect(completeFrom).toBeLessThan(BEGIN - 2 * DAY);
        const read = runs.filter(({ created }) => created >= completeFrom).map(({ arn }) => arn);
        expect((await known()).sort()).toEqual(read.sort());
        expect(first.partial).toBe(false);
        expect(first.problems.join()).toContain('could be read back to 2026-08-0');
        expect(counts.ListRuns).toBe(1);
        const [memory] = (await guard.ports.memories.all()).values();
        expect(memory?.runs.ahead).toEqual([]);
      });

      it('tries once an hour to read all of it, and has all of it then', async () => {
        const { guard, runs, readInTime, known } = await guardOfLongHistory();
        const pages: number[] = [];
        const settled: string[] = [];
        const sweepFor = async (hours: number) => {
          for (let count = 0; count < hours * 12; count += 1) {
            const { ListRuns = 0 } = await requestsDuring(guard, async () => {
              settled.push(...(await readInTime()).settled.map(({ arn }) => arn));
            });
            pages.push(ListRuns);
            guard.pass(5);
          }
        };
        await sweepFor(3);
        const tries = pages.slice(1).filter((count) => count > 1);
        slow(guard, 0);
        await sweepFor(2);

        expect(tries.length).toBeGreaterThanOrEqual(2);
        expect(tries.length).toBeLessThanOrEqual(4);
        expect((await known()).sort()).toEqual(runs.map(({ arn }) => arn).sort());
        expect([...settled].sort()).toEqual(runs.map(({ arn }) => arn).sort());
        expect((await readInTime()).completeFrom).toBeLessThan(BEGIN - 5 * DAY);
      });

      it('calls nothing complete when it is in no order', async () => {
        const { readInTime } = await guardOfLongHistory('shuffled');

        const inventory = await readInTime();

        expect(inventory).toMatchObject({ partial: true });
        expect(inventory.completeFrom).toBeUndefined();
      });
    });

    it('notes only once that a project was cut off', async () => {
      const guard = await startGuard();
      addProjects(guard, ['a', 'b']);
      const isSaving = touches('PutItem', 'project');

      await read(guard, { msLeft: lateFrom(4) });
      const saved = guard.tables.calls.filter(isSaving).length;
      await read(guard, { msLeft: lateFrom(4) });

      expect(saved).toBe(2);
      expect(guard.tables.calls.filter(isSaving)).toHaveLength(saved);
    });
  });
});

/** Plenty of time for the first questions, and none from then on. */
function lateFrom(question: number): () => number {
  let asked = 0;
  return () => {
    asked += 1;
    return asked < question ? 100_000 : 0;
  };
}

function endless(): { runs: never[]; nextToken: string } {
  return { runs: [], nextToken: 'again' };
}

describe('takeInventory of sessions', () => {
  it('sees a session although its project has no run', async () => {
    const guard = await startGuard();
    const arn = addSession(guard);
    guard.pass(5);

    const inventory = await read(guard);

    expect(inventory.items).toMatchObject([{ arn, kind: 'session', phase: 'started' }]);
  });
});

describe('takeInventory once a day', () => {
  const HOUR = 60;
  /** Hides a run from listings, as if they were not in the order in which they have proved to be. */
  function hide(guard: Guard, arn: string): () => void {
    let hidden = true;
    guard.emulator.faults.add({
      kind: 'rewritten',
      operation: 'ListRuns',
      match: () => hidden,
      rewrite: (body) => ({
        ...body,
        runs: Array.isArray(body.runs) ? body.runs.filter((run: { arn?: unknown }) => run.arn !== arn) : [],
      }),
    });
    return () => {
      hidden = false;
    };
  }

  async function ledgerOf(guard: Guard) {
    const charges = await guard.ports.ledger.between(BEGIN - 40 * 24 * HOUR * 60_000, guard.clock.now());
    return charges.map(({ arn }) => arn);
  }

  /** A guard that has read a project, and passed its mark over a run that no listing showed. */
  async function guardThatMissed() {
    const guard = await startGuard({ policy: MONTHLY, emulator: { pageSize: 2 } });
    const project = guard.emulator.addProject({ name: 'mobile' });
    const missed = addJob(guard, { testMinutes: 10 }, { project }).run;
    const show = hide(guard, missed);
    await read(guard);
    for (let count = 0; count < 8; count += 1) {
      guard.pass(20);
      addJob(guard, { testMinutes: 5 }, { project });
      await read(guard);
    }
    guard.pass(HOUR);
    await read(guard);
    show();
    return { ...guard, guard, project, missed };
  }

  it('finds within a day a run that ended unseen, and settles it', async () => {
    const { guard, missed, pass } = await guardThatMissed();
    await read(guard);
    expect(await ledgerOf(guard)).not.toContain(missed);

    for (let hour = 0; hour < 24; hour += 1) {
      pass(HOUR);
      await read(guard);
    }

    expect(await ledgerOf(guard)).toContain(missed);
  });

  it('writes of all that it reads only what is missing', async () => {
    const { guard, tables, missed, pass } = await guardThatMissed();
    const before = tables.calls.length;

    for (let hour = 0; hour < 24; hour += 1) {
      pass(HOUR);
      await read(guard);
    }

    const written = tables.calls
      .slice(before)
      .filter(({ operation }) => operation === 'BatchWriteItem')
      .map(({ input }) => JSON.stringify(input))
      .filter((text) => text.includes('"ledger#'));
    expect(written).toHaveLength(1);
    expect(written[0]?.match(/"sk"/g)).toHaveLength(1);
    expect(written[0]).toContain(missed);
  });

  it('reads each project in full once a day, and no further than its mark otherwise', async () => {
    const guard = await startGuard({ policy: MONTHLY, emulator: { pageSize: 2 } });
    const project = guard.emulator.addProject();
    for (let age = 1; age <= 10; age += 1) {
      const created = BEGIN - age * 60 * 60_000;
      guard.emulator.addRun({ project, created, jobs: [{ testMinutes: 10 }] });
    }
    await read(guard);

    const pages: number[] = [];
    for (let hour = 0; hour < 48; hour += 1) {
      guard.pass(HOUR);
      const { ListRuns = 0 } = await requestsDuring(guard, () => read(guard));
      pages.push(ListRuns);
    }

    expect(pages.filter((count) => count > 1)).toEqual([5, 5]);
  });

  it('makes a scan that broke off again at the next sweep, and hides nothing by it', async () => {
    const { guard, emulator, missed, pass } = await guardThatMissed();
    let isBroken = true;
    emulator.faults.add({
      kind: 'html',
      operation: 'ListRuns',
      match: ({ input }) => isBroken && 'nextToken' in input,
    });
    const broken = [];
    for (let hour = 0; hour < 24; hour += 1) {
      pass(HOUR);
      broken.push(await read(guard));
    }
    isBroken = false;
    pass(5);
    await read(guard);

    const told = broken.flatMap(({ problems }) => problems);
    expect(told.length).toBeGreaterThan(0);
    expect(told).toEqual(told.map(() => expect.stringContaining('could not be compared with the ledger')));
    expect(broken.map(({ partial }) => partial)).not.toContain(true);
    expect(await ledgerOf(guard)).toContain(missed);
  });

  it('believes the memory on when the ledger does not answer, and says that it is partial', async () => {
    const { guard, tables, missed, pass } = await guardThatMissed();
    const revive = tables.fail({ match: asksLedgerOfProject });
    const blind = [];
    for (let hour = 0; hour < 24; hour += 1) {
      pass(HOUR);
      blind.push(await read(guard));
    }
    revive();
    pass(5);
    await read(guard);

    expect(blind.some(({ partial }) => partial)).toBe(true);
    expect(blind.every(({ settled }) => settled.length === 0)).toBe(true);
    expect(await ledgerOf(guard)).toContain(missed);
  });

  it('does not write again what the ledger has when what was remembered of a project is lost', async () => {
    const { guard, dynamo, project, tables, pass } = await guardThatMissed();
    const known = await ledgerOf(guard);
    await new Table(dynamo, STATE_TABLE).remove({ pk: 'project', sk: project });
    const before = tables.calls.length;
    pass(5);

    const { settled, completeFrom } = await read(guard);
    pass(5);
    const next = await read(guard);

    expect([...settled, ...next.settled].filter(({ arn }) => known.includes(arn))).toEqual([]);
    expect(completeFrom).toBeDefined();
    expect(tables.calls.slice(before).some(asksLedgerOfProject)).toBe(true);
  });

  it('asks for stragglers one by one at every sweep, and lets the mark pass them', async () => {
    const guard = await startGuard({ policy: MONTHLY, emulator: { pageSize: 2 } });
    const project = guard.emulator.addProject();
    const stuck = addJob(guard, {}, { project, override: { status: 'STOPPING', deviceMinutes: undefined } });
    await read(guard);
    for (let count = 0; count < 6; count += 1) {
      guard.pass(12 * HOUR);
      addJob(guard, { testMinutes: 5 }, { project });
      await read(guard);
    }
    guard.pass(HOUR);
    await read(guard);
    guard.pass(5);

    const counts = await requestsDuring(guard, () => read(guard));
    const inventory = await read(guard);

    expect(counts).toMatchObject({ ListRuns: 1, GetRun: 1 });
    expect(inventory.unsettled).toMatchObject([{ arn: stuck.run }]);
  });
});

/** A query for the charges of one project alone. */
function asksLedgerOfProject({ operation, input }: TableCall): boolean {
  const values = JSON.stringify(input.ExpressionAttributeValues);
  return operation === 'Query' && values.includes('"ledger#') && values.includes(':run:');
}
