import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../emulator/options.ts';
import { assignSlots, type Contender } from '../../emulator/slots.ts';
import { begin, minute, startFarm, textAt } from './start-farm.ts';

interface Waiting extends Contender {
  readonly lasts: number;
}

const anyWaiting: fc.Arbitrary<Waiting> = fc
  .record({
    kind: fc.constantFrom('jobs', 'sessions'),
    readyAt: fc.integer({ min: 0, max: 50 }),
    lasts: fc.integer({ min: 0, max: 20 }),
    patience: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constant(Number.POSITIVE_INFINITY)),
    stoppedAfter: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constant(Number.POSITIVE_INFINITY)),
  })
  .map(({ kind, readyAt, lasts, patience, stoppedAfter }) => ({
    kind,
    capacity: kind === 'jobs' ? 3 : 1,
    readyAt,
    lasts,
    limitAt: readyAt + patience,
    stoppedAt: readyAt + stoppedAfter,
    releasedAt: (takenAt: number) => takenAt + lasts,
  }));

const anyQueue = fc.array(anyWaiting, { maxLength: 25 });

/** How many of a kind hold a slot at a moment. */
function inUse(turns: ReadonlyMap<Waiting, number>, kind: string, at: number): number {
  return [...turns].filter(
    ([{ kind: its, lasts }, takenAt]) => its === kind && takenAt <= at && at < takenAt + lasts,
  ).length;
}

describe('any queue for slots', () => {
  it('5.1 never uses more slots than there are', () => {
    fc.assert(
      fc.property(anyQueue, (queue) => {
        const turns = assignSlots(queue);

        for (const [{ kind, capacity }, takenAt] of turns) {
          expect(inUse(turns, kind, takenAt)).toBeLessThanOrEqual(capacity);
        }
      }),
    );
  });

  it('5.1 serves those who get a slot in the order in which they were ready', () => {
    fc.assert(
      fc.property(anyQueue, (queue) => {
        const served = [...assignSlots(queue)].filter(([, takenAt]) => Number.isFinite(takenAt));

        for (const [one, turn] of served) {
          for (const [other, otherTurn] of served) {
            if (one.kind === other.kind && one.readyAt < other.readyAt)
              expect(turn).toBeLessThanOrEqual(otherTurn);
          }
        }
      }),
    );
  });

  it('5.1 lets nobody wait while a slot is free', () => {
    fc.assert(
      fc.property(anyQueue, (queue) => {
        const turns = assignSlots(queue);

        for (const [one, takenAt] of turns) {
          const givesUp = Math.min(takenAt, one.limitAt + 1, one.stoppedAt);
          for (let at = one.readyAt; at < Math.min(givesUp, 500); at += 1) {
            expect(inUse(turns, one.kind, at)).toBe(one.capacity);
          }
        }
      }),
    );
  });

  it('5.5 gives no slot to those who have given up or were stopped', () => {
    fc.assert(
      fc.property(anyQueue, (queue) => {
        for (const [{ limitAt, stoppedAt }, takenAt] of assignSlots(queue)) {
          if (!Number.isFinite(takenAt)) continue;
          expect(takenAt).toBeLessThanOrEqual(limitAt);
          expect(takenAt).toBeLessThan(stoppedAt);
        }
      }),
    );
  });
});

const exact = {
  pendingMinutes: 0,
  schedulingMinutes: 0,
  prepareMinutes: 0,
  setupMinutes: 0,
  teardownMinutes: 0,
};

function queueOf(count: number, seed: object = {}, options: Omit<Partial<EmulatorOptions>, 'now'> = {}) {
  const farm = startFarm(options);
  const project = farm.emulator.addProject();
  const jobs = Array.from({ length: count }, () => ({ testMinutes: 10, ...exact, ...seed }));
  const run = farm.emulator.addRun({ project, jobs, schedule: 'slots' });
  const statuses = () => run.jobs.map((arn) => textAt(farm.emulator.show(arn), 'status'));
  return { ...farm, project, run, statuses };
}

describe('slots', () => {
  it('5.1 runs five metered jobs at once', () => {
    const { pass, statuses } = queueOf(7);

    const first = statuses();
    pass(10);
    const second = statuses();

    expect(first).toEqual([...Array(5).fill('RUNNING'), 'PENDING_CONCURRENCY', 'PENDING_CONCURRENCY']);
    expect(second).toEqual([...Array(5).fill('COMPLETED'), 'RUNNING', 'RUNNING']);
  });

  it('5.1 runs two metered sessions at once', () => {
    const { emulator } = startFarm();
    const project = emulator.addProject();

    const arns = Array.from({ length: 3 }, () =>
      emulator.addSession({ project, schedule: 'slots', ...exact }),
    );

    expect(arns.map((arn) => textAt(emulator.show(arn), 'status'))).toEqual([
      'RUNNING',
      'RUNNING',
      'PENDING_CONCURRENCY',
    ]);
  });

  it('5.1 counts unmetered slots per platform, apart from metered ones and from sessions', () => {
    const { emulator } = startFarm();
    const project = emulator.addProject();
    const unmetered = { project, billingMethod: 'UNMETERED', schedule: 'slots' } as const;
    const jobs = [exact, exact];

    const android = emulator.addRun({ ...unmetered, jobs });
    const ios = emulator.addRun({ ...unmetered, platform: 'IOS', jobs });
    const session = emulator.addSession({ ...unmetered, ...exact });

    const arns = [...android.jobs, ...ios.jobs, session];
    expect(arns.map((arn) => textAt(emulator.show(arn), 'status'))).toEqual([
      'RUNNING',
      'PENDING_CONCURRENCY',
      'RUNNING',
      'PENDING_CONCURRENCY',
      'RUNNING',
    ]);
  });

  it('5.1 starts nothing where there are no slots', () => {
    const { pass, statuses } = queueOf(1, {}, { slots: { meteredAutomation: 0 } });

    pass(23 * 60);

    expect(statuses()).toEqual(['PENDING_CONCURRENCY']);
  });

  it('5.2 takes no slot for work of a forced schedule', () => {
    const { emulator, project, statuses } = queueOf(5);

    emulator.addRun({ project, created: begin - minute, jobs: [{}, {}, {}, {}, {}, {}] });

    expect(statuses()).toEqual(Array(5).fill('RUNNING'));
  });

  it('5.3 makes jobs wait for a private device one after the other', () => {
    const device = {
      name: 'Our Pixel',
      instanceArn: 'arn:aws:devicefarm:us-west-2::deviceinstance:our-pixel',
    };
    const { pass, statuses } = queueOf(3, { device });

    const first = statuses();
    pass(15);
    const second = statuses();

    expect(first).toEqual(['RUNNING', 'PENDING_DEVICE', 'PENDING_DEVICE']);
    expect(second).toEqual(['COMPLETED', 'RUNNING', 'PENDING_DEVICE']);
  });

  it('5.3 shows PENDING_DEVICE while a job that has its slot waits for its device', () => {
    const { pass, statuses } = queueOf(1, { deviceWaitMinutes: 3 });

    const first = statuses();
    pass(3);

    expect(first).toEqual(['PENDING_DEVICE']);
    expect(statuses()).toEqual(['RUNNING']);
  });

  it('5.4 gives the slot of a stopped job to the next when its teardown is over', async () => {
    const { call, pass, run, statuses } = queueOf(6, { teardownMinutes: 2, testMinutes: 60 });
    pass(5);

    await call('StopJob', { arn: run.jobs[0] });
    pass(1.9);
    const during = statuses();
    pass(0.1);

    expect([during[0], during[5]]).toEqual(['STOPPING', 'PENDING_CONCURRENCY']);
    expect(statuses()).toEqual(['COMPLETED', ...Array(5).fill('RUNNING')]);
  });

  it('5.4 gives the slot at once when the tests had not started', async () => {
    const { call, pass, run, statuses } = queueOf(6, { prepareMinutes: 5 });
    pass(1);

    await call('StopJob', { arn: run.jobs[0] });

    expect(statuses()).toEqual(['COMPLETED', ...Array(5).fill('PREPARING')]);
  });

  it('5.5 takes no slot for a job that was stopped while it waited', async () => {
    const { emulator, call, pass, run, statuses } = queueOf(7);

    await call('StopJob', { arn: run.jobs[5] });
    pass(10);

    expect(statuses()).toEqual([...Array(6).fill('COMPLETED'), 'RUNNING']);
    expect(emulator.billed().jobs.get(run.jobs[5] ?? '')).toEqual({ total: 0, metered: 0, unmetered: 0 });
  });

  it('5.5 takes no slot for a job whose device would come too late', () => {
    const { emulator } = startFarm({ slots: { meteredAutomation: 1 }, queueLimitMinutes: 9 });
    const project = emulator.addProject();
    const jobs = [
      { ...exact, testMinutes: 6 },
      { ...exact, deviceWaitMinutes: 5 },
      { ...exact, testMinutes: 2 },
    ];

    const run = emulator.addRun({ project, created: begin - 6 * minute, jobs, schedule: 'slots' });

    expect(run.jobs.map((arn) => textAt(emulator.show(arn), 'status'))).toEqual([
      'COMPLETED',
      'PENDING_CONCURRENCY',
      'RUNNING',
    ]);
  });

  it('4.5 gives up a job that gets no slot in time', () => {
    const options = { slots: { meteredAutomation: 1 }, queueLimitMinutes: 9 };
    const { pass, run, emulator } = queueOf(2, {}, options);

    pass(9);

    expect(emulator.show(run.jobs[1] ?? '')).toMatchObject({ status: 'COMPLETED', result: 'ERRORED' });
  });

  it('10.1 seeds a queue of the past as if it had run since then', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 });

    fc.assert(
      fc.property(lengths, fc.integer({ min: 0, max: 200 }), (minutes, ago) => {
        const jobs = minutes.map((testMinutes) => ({ testMinutes }));
        const [past, present] = [startFarm(), startFarm()];
        const seed = { name: 'queue', jobs, schedule: 'slots', id: 'r' } as const;
        past.pass(ago);
        const before = past.emulator.addRun({
          ...seed,
          project: past.emulator.addProject({ id: 'p' }),
          created: begin,
        });
        present.emulator.addRun({ ...seed, project: present.emulator.addProject({ id: 'p' }) });

        present.pass(ago);

        const show = (arn: string) => [past.emulator.show(arn), present.emulator.show(arn)];
        for (const [one, other] of before.jobs.map(show)) expect(one).toEqual(other);
        expect(past.emulator.billed().account).toEqual(present.emulator.billed().account);
      }),
    );
  });
});

describe('work that is seeded later into the past', () => {
  const oneSlot = { slots: { meteredAutomation: 1 } };
  const hour = { testMinutes: 60 };

  it('5.6 takes no slot from work that is RUNNING', async () => {
    const { emulator, pass } = startFarm(oneSlot);
    const project = emulator.addProject();
    const [running = ''] = emulator.addRun({ project, schedule: 'slots', jobs: [hour] }).jobs;
    pass(10);
    expect(textAt(emulator.show(running), 'status')).toBe('RUNNING');

    const created = begin - 30 * minute;
    const [late = ''] = emulator.addRun({ project, schedule: 'slots', created, jobs: [hour] }).jobs;

    expect(textAt(emulator.show(running), 'status')).toBe('RUNNING');
    expect(textAt(emulator.show(late), 'status')).toBe('PENDING_CONCURRENCY');
    pass(60);
    expect(textAt(emulator.show(late), 'status')).toBe('RUNNING');
  });

  it('5.6 takes no minutes from work that is COMPLETED, also when something was stopped meanwhile', async () => {
    const { emulator, pass, call } = startFarm(oneSlot);
    const project = emulator.addProject();
    const [done = ''] = emulator.addRun({ project, schedule: 'slots', jobs: [hour] }).jobs;
    const [waiting = ''] = emulator.addRun({ project, schedule: 'slots', jobs: [hour] }).jobs;
    pass(70);
    await call('StopJob', { arn: waiting });
    const before = [emulator.show(done), emulator.billed().jobs.get(done)];

    emulator.addRun({ project, schedule: 'slots', created: begin - 30 * minute, jobs: [hour, hour] });

    expect([emulator.show(done), emulator.billed().jobs.get(done)]).toEqual(before);
    expect(textAt(emulator.show(done), 'status')).toBe('COMPLETED');
  });

  it('5.6 never changes what was shown, whatever is seeded and stopped when', async () => {
    const step = fc.record({
      passes: fc.integer({ min: 0, max: 20 }),
      createdBefore: fc.integer({ min: 0, max: 60 }),
      lasts: fc.integer({ min: 1, max: 40 }),
      stops: fc.boolean(),
    });
    const never = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { emulator, pass, call } = startFarm({ slots: { meteredAutomation: 2 } });
      const project = emulator.addProject();
      const jobs: { readonly arn: string; readonly addedAt: number }[] = [];
      let now = begin;
      for (const { passes, createdBefore, lasts, stops } of steps) {
        pass(passes);
        now += passes * minute;
        const last = jobs.at(-1);
        if (stops && last) await call('StopJob', { arn: last.arn });
        // What is seeded at one moment is served together.
        const begun = jobs.filter(
          ({ arn, addedAt }) => addedAt < now && emulator.billed(now).jobs.get(arn)?.total,
        );
        const before = begun.map(({ arn }) => emulator.show(arn));
        const created = now - createdBefore * minute;
        const seed = [{ testMinutes: lasts }];
        const { jobs: added } = emulator.addRun({ project, schedule: 'slots', created, jobs: seed });
        jobs.push(...added.map((arn) => ({ arn, addedAt: now })));
        expect(begun.map(({ arn }) => emulator.show(arn))).toEqual(before);
      }
    });
    await fc.assert(never);
  });
});
