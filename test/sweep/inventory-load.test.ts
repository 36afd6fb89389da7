import { describe, expect, it } from 'vitest';
import { PROJECT } from '../../lambda/sweep/project-memory.ts';
import { DAY, HOUR, MINUTE } from '../../lambda/time.ts';
import { type InventoryWorld, MONTHLY, openInventory, type Taken } from './open-inventory.ts';
import { addJob, addProjects, namesOf } from './work.ts';

const BEGIN = Date.UTC(2026, 7, 7, 12);
const projectsIn = ({ items }: Taken) => items.map(({ project }) => project.name).toSorted();
const arnsIn = ({ items }: Taken) => items.map((item) => item.arn);

/** Lets each request to Device Farm take that long. */
function slow({ emulator, clock }: InventoryWorld, seconds: number): void {
  emulator.onRequest = () => clock.advance(seconds * 1_000);
}

describe('an account with more projects than a sweep can read', () => {
  it('is read within three sweeps, each of which keeps to its time, and no later sweep is partial', async () => {
    const world = await openInventory({ emulator: { pageSize: 100 } });
    const projects = namesOf(200).map((name) => world.emulator.addProject({ name }));
    const busy = [3, 103, 183].map((index) =>
      addJob(world, { testMinutes: 140 }, { project: projects[index] }),
    );
    const sweeps: Taken[] = [];
    const reads: number[] = [];

    for (let count = 0; count < 5; count += 1) {
      const counts = await world.requestsDuring(async () => {
        sweeps.push(await world.take({ timeout: 48_000 }));
      });
      reads.push(counts.ListRuns ?? 0);
      world.clock.advanceTo(BEGIN + (count + 1) * 5 * MINUTE);
    }

    expect(sweeps.slice(2).map(({ diagnostics }) => diagnostics.partial)).toEqual([false, false, false]);
    expect(sweeps[0]?.problems).toEqual([expect.stringContaining('which come first next time: "p0')]);
    for (const { took } of sweeps) expect(took).toBeLessThan(0.5 * 48_000);
    for (const { items } of sweeps.slice(2))
      expect(items.map(({ arn }) => arn).toSorted()).toEqual(busy.map(({ arn }) => arn).toSorted());
    // Then only those with work, and a sixth of the others.
    expect(Math.max(...reads.slice(3))).toBeLessThanOrEqual(3 + Math.ceil(197 / 6));
  });
});

describe('a sweep of 100 projects beside CI, which asks twice a second', () => {
  it('takes no rate from it', async () => {
    const world = await openInventory({ emulator: { pageSize: 100, otherClient: { ListRuns: 2 } } });
    for (const name of namesOf(100)) world.emulator.addProject({ name });

    const { problems, readProjects } = await world.take();
    const { asked, throttled } = world.emulator.otherClient().get('ListRuns') ?? { asked: 0, throttled: 1 };

    expect(readProjects.size).toBe(100);
    expect(problems).toEqual([]);
    expect(asked).toBeGreaterThan(25);
    expect(throttled).toBe(0);
  });
});

describe('more ended runs without counters than a sweep can list', () => {
  it('are listed for their jobs once, over some sweeps, and settled on the sum of their times', async () => {
    const world = await openInventory({ policy: MONTHLY, emulator: { pageSize: 100 } });
    const project = world.emulator.addProject({ name: 'old' });
    const job = {
      testMinutes: 10,
      setupMinutes: 0,
      teardownMinutes: 0,
      override: { deviceMinutes: undefined },
    };
    for (let count = 0; count < 300; count += 1) {
      world.emulator.addRun({
        project,
        created: BEGIN - 2 * DAY - count * MINUTE,
        jobs: [job],
        override: { deviceMinutes: undefined },
      });
    }
    const busy = addJob(world);

    const listings: number[] = [];
    const sweeps: Taken[] = [];
    for (let count = 0; count < 6; count += 1) {
      const counts = await world.requestsDuring(async () => {
        sweeps.push(await world.take({ timeout: 48_000 }));
      });
      listings.push((counts.ListJobs ?? 0) - 1);
      world.clock.advanceTo(BEGIN + (count + 1) * 5 * MINUTE);
    }

    expect(listings.reduce((sum, count) => sum + count, 0)).toBe(300);
    expect(listings.slice(-2)).toEqual([0, 0]);
    for (const { took, diagnostics, items } of sweeps) {
      expect(took).toBeLessThan(0.5 * 48_000 + 2_000);
      expect(diagnostics.partial).toBe(false);
      expect(items.map(({ arn }) => arn)).toEqual([busy.arn]);
    }
    expect(sweeps.at(-1)?.took).toBeLessThan(1_000);
    const settled = await world.ledgerSince();
    expect(settled).toHaveLength(300);
    expect(settled.every(({ basis, minutes }) => basis === 'estimated' && minutes.metered === 10)).toBe(true);
  });

  it('that ended today wait for their counters without another call', async () => {
    const world = await openInventory({ policy: MONTHLY });
    const { project } = addJob(world);
    const hidden = { override: { deviceMinutes: undefined } };
    for (let count = 1; count <= 6; count += 1) {
      const created = BEGIN - count * HOUR;
      world.emulator.addRun({ project, created, jobs: [{ testMinutes: 10, ...hidden }], ...hidden });
    }
    await world.take();
    world.pass(5);

    const counts = await world.requestsDuring(() => world.take());
    const late: Taken[] = [];
    for (let hour = 0; hour < 26; hour += 2) {
      world.pass(120);
      late.push(await world.take());
    }

    expect(counts.ListJobs).toBe(1);
    expect(late.flatMap(({ settled }) => settled).filter(({ basis }) => basis === 'estimated')).toHaveLength(
      6,
    );
    expect(late.at(-1)?.usages).toEqual([]);
  });
});

describe('without enough time', () => {
  it('a sweep uses half of it, and the next one begins with the rest', async () => {
    const world = await openInventory();
    const names = namesOf(30);
    addProjects(world, names);
    slow(world, 1);
    const first = await world.take({ timeout: 100_000 });

    const second = await world.take({ timeout: 100_000 });

    const missed = names.filter((name) => !projectsIn(first).includes(name));
    expect(missed.length).toBeGreaterThan(0);
    expect(first.diagnostics.partial).toBe(true);
    expect(first.took).toBeLessThan(60_000);
    expect(projectsIn(second)).toEqual(expect.arrayContaining(missed));
  });

  it('what an unread project had in flight still counts', async () => {
    const world = await openInventory();
    const works = addProjects(world, namesOf(30));
    await world.take();
    world.pass(5);
    slow(world, 1);

    const taken = await world.take({ timeout: 100_000 });

    expect(taken.items.length).toBeLessThan(works.length);
    expect(taken.usages.map(({ arn }) => arn).toSorted()).toEqual(works.map(({ run }) => run).toSorted());
  });

  it('a long listing breaks off as well, and what was read of it is kept', async () => {
    const world = await openInventory({ emulator: { pageSize: 1, runOrder: 'shuffled' } });
    const project = world.emulator.addProject({ name: 'long' });
    for (let count = 0; count < 60; count += 1) addJob(world, {}, { project });
    slow(world, 1);

    const { items, problems, diagnostics, took } = await world.take({ timeout: 60_000 });

    expect(items.length).toBeGreaterThan(0);
    expect(items.length).toBeLessThan(60);
    expect(diagnostics.partial).toBe(true);
    expect(problems.join()).toContain('no time was left');
    expect(took).toBeLessThanOrEqual(40_000);
  });
});

describe('a history that is longer than a sweep can read', () => {
  /** Ten runs on each of the last five days, of which a sweep can read three days. */
  async function withLongHistory(runOrder: 'newest-first' | 'shuffled' = 'newest-first') {
    const world = await openInventory({ policy: MONTHLY, emulator: { pageSize: 1, runOrder } });
    const project = world.emulator.addProject({ name: 'long' });
    const runs = Array.from({ length: 50 }, (_, index) => {
      const created = BEGIN - (index + 1) * (DAY / 10);
      return { created, ...world.emulator.addRun({ project, created, jobs: [{ testMinutes: 10 }] }) };
    });
    slow(world, 1);
    const readInTime = () => world.take({ timeout: 80_000 });
    const known = async () => (await world.ledgerSince()).map(({ arn }) => arn).toSorted();
    return { world, runs, readInTime, known };
  }

  it('is complete from where it could be read, and read no further than that at first', async () => {
    const { world, runs, readInTime, known } = await withLongHistory();

    const first = await readInTime();
    world.pass(5);
    const counts = await world.requestsDuring(async () => {
      const { completeFrom, diagnostics } = await readInTime();
      expect([completeFrom, diagnostics.partial]).toEqual([first.completeFrom, false]);
    });

    const { completeFrom = BEGIN } = first;
    expect(completeFrom).toBeGreaterThan(BEGIN - 4 * DAY);
    expect(completeFrom).toBeLessThan(BEGIN - 2 * DAY);
    const read = runs.filter(({ created }) => created >= completeFrom).map(({ arn }) => arn);
    expect(await known()).toEqual(read.toSorted());
    expect(first.diagnostics.partial).toBe(false);
    expect(first.problems.join()).toContain('could be read back to 2026-08-0');
    expect(counts.ListRuns).toBe(1);
    const [memory] = (await world.services.state.load()).all(PROJECT).values();
    expect(memory?.value.runs.ahead).toEqual([]);
  });

  it('is tried in full once an hour, and all of it is known when there is time', async () => {
    const { world, runs, readInTime, known } = await withLongHistory();
    const pages: number[] = [];
    const sweepFor = async (hours: number) => {
      for (let count = 0; count < hours * 6; count += 1) {
        const { ListRuns = 0 } = await world.requestsDuring(() => readInTime());
        pages.push(ListRuns);
        world.pass(10);
      }
    };
    await sweepFor(3);
    const tries = pages.slice(1).filter((count) => count > 1);
    slow(world, 0);
    await sweepFor(1.5);

    expect(tries.length).toBeGreaterThanOrEqual(2);
    expect(tries.length).toBeLessThanOrEqual(4);
    expect(await known()).toEqual(runs.map(({ arn }) => arn).toSorted());
    expect((await readInTime()).completeFrom).toBeLessThan(BEGIN - 5 * DAY);
  });

  it('shows what is still running at the next sweep with time, however little the first one could read', async () => {
    const world = await openInventory({ policy: MONTHLY, emulator: { pageSize: 1 } });
    const project = world.emulator.addProject({ name: 'long' });
    const { arn } = addJob(world, { testMinutes: 120 }, { project, created: BEGIN - HOUR });
    for (let ago = 40; ago > 0; ago -= 1)
      world.emulator.addRun({ project, created: BEGIN - ago * MINUTE, jobs: [{ testMinutes: 0 }] });
    slow(world, 1);
    const first = await world.take({ timeout: 20_000 });
    slow(world, 0);
    world.pass(5);

    const second = await world.take();

    expect(arnsIn(first)).not.toContain(arn);
    expect(arnsIn(second)).toContain(arn);
  });

  it('is not called complete when it is in no order', async () => {
    const { readInTime } = await withLongHistory('shuffled');

    const { completeFrom, diagnostics } = await readInTime();

    expect(completeFrom).toBeUndefined();
    expect(diagnostics.partial).toBe(true);
  });
});
