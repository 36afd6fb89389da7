import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../emulator/options.ts';
import type { RunSeed } from '../../emulator/seeding/seeds.ts';
import { begin, minute, startFarm } from './start-farm.ts';

function oneRun(seed: Omit<RunSeed, 'project'>, options: Omit<Partial<EmulatorOptions>, 'now'> = {}) {
  const farm = startFarm(options);
  const run = farm.emulator.addRun({ project: farm.emulator.addProject(), ...seed });
  const [job = ''] = run.jobs;
  return { ...farm, run, job };
}

const shownMinutes = (total: number, metered: number, unmetered: number) => ({
  deviceMinutes: { total, metered, unmetered },
});

describe('minutes', () => {
  it('7.1 bills a job from RUNNING to the end of the teardown, and occupies the device from PREPARING on', () => {
    const jobs = [
      { startAfterMinutes: 5, prepareMinutes: 0.25, setupMinutes: 1, testMinutes: 7, teardownMinutes: 2 },
    ];
    const { emulator, pass, job } = oneRun({ jobs });

    pass(100);

    expect(emulator.show(job)).toMatchObject(shownMinutes(10.25, 10, 0));
  });

  it('7.2 bills a session from PREPARING on', () => {
    const { emulator, pass } = startFarm();
    const project = emulator.addProject();
    const session = emulator.addSession({
      project,
      startAfterMinutes: 5,
      prepareMinutes: 2,
      sessionMinutes: 20,
      teardownMinutes: 1,
    });

    pass(100);

    expect(emulator.show(session)).toMatchObject(shownMinutes(23, 23, 0));
  });

  it('7.2 bills the PREPARING of a session that is stopped in it', async () => {
    const { emulator, call, pass } = startFarm();
    const arn = emulator.addSession({
      project: emulator.addProject(),
      startAfterMinutes: 5,
      prepareMinutes: 2,
    });
    pass(4);

    await call('StopRemoteAccessSession', { arn });
    pass(60);

    expect(emulator.show(arn)).toMatchObject({ result: 'STOPPED', ...shownMinutes(1, 1, 0) });
  });

  it('7.1 occupies a device with a job that is stopped in PREPARING, and bills nothing', async () => {
    const { emulator, call, pass, job } = oneRun({ jobs: [{ startAfterMinutes: 5, prepareMinutes: 2 }] });
    pass(4);

    await call('StopJob', { arn: job });
    pass(60);

    expect(emulator.show(job)).toMatchObject({ result: 'STOPPED', ...shownMinutes(1, 0, 0) });
  });

  const publicDevice = 'Google Pixel 8';
  const privateDevice = { name: 'Our Pixel', fleetType: 'PRIVATE' } as const;

  it.each([
    ['METERED', publicDevice, shownMinutes(11, 11, 0)],
    ['UNMETERED', publicDevice, shownMinutes(11, 0, 11)],
    ['METERED', privateDevice, shownMinutes(11, 0, 11)],
  ] as const)('7.3 counts a %s job on %j', (billingMethod, device, expected) => {
    const { emulator, pass, job, run } = oneRun({ billingMethod, jobs: [{ device }] });

    pass(11);

    expect(emulator.show(job)).toMatchObject(expected);
    expect(emulator.show(run.arn)).toMatchObject({ ...expected, billingMethod });
  });

  it('7.3 shows the instance and the fleet of a private device', () => {
    const { emulator, job } = oneRun({ jobs: [{ device: privateDevice }] });

    expect(emulator.show(job)).toMatchObject({
      instanceArn: expect.stringMatching(/^arn:aws:devicefarm:us-west-2::deviceinstance:/),
      device: { fleetType: 'PRIVATE', name: 'Our Pixel' },
    });
  });

  const waiting = { startAfterMinutes: 2, prepareMinutes: 1, testMinutes: 9 };

  it('7.4 shows no minutes before RUNNING and zero until COMPLETED', () => {
    const { emulator, pass, job, run } = oneRun({
      jobs: [waiting, { testMinutes: 90, startAfterMinutes: 2 }],
    });
    const look = () => [emulator.show(job), emulator.show(run.arn)];

    pass(1.9);
    const before = look();
    pass(5.1);
    const running = look();
    pass(5);
    const after = look();

    const zero = shownMinutes(0, 0, 0);
    for (const item of before) expect(item).not.toHaveProperty('deviceMinutes');
    expect(running).toMatchObject([zero, zero]);
    expect(after).toMatchObject([shownMinutes(11, 10, 0), zero]);
  });

  it('7.4 shows rising minutes if they are live', () => {
    const { emulator, pass, job, run } = oneRun({ jobs: [waiting] }, { counters: 'live' });
    const look = () => [emulator.show(job), emulator.show(run.arn)];

    pass(0.9);
    const before = look();
    pass(0.6);
    const preparing = look();
    pass(0.5);
    const started = look();
    pass(5);
    const running = look();

    for (const item of before) expect(item).not.toHaveProperty('deviceMinutes');
    expect(preparing).toMatchObject([shownMinutes(0.5, 0, 0), shownMinutes(0.5, 0, 0)]);
    expect(started).toMatchObject([shownMinutes(1, 0, 0), shownMinutes(1, 0, 0)]);
    expect(running).toMatchObject([shownMinutes(6, 5, 0), shownMinutes(6, 5, 0)]);
  });

  it('7.5 shows two decimals, and the sum of the jobs for a run', () => {
    const lengths = fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 1, maxLength: 5 });

    fc.assert(
      fc.property(lengths, (minutes) => {
        const jobs = minutes.map((testMinutes) => ({ testMinutes }));
        const { emulator, pass, run } = oneRun({ jobs });
        pass(100);

        const shown = emulator.show(run.arn);
        const sum = minutes.reduce((total, one) => total + Math.round((one + 1) * 100), 0);

        expect(shown).toMatchObject(shownMinutes(sum / 100, sum / 100, 0));
      }),
    );
  });

  it('7.6 shows the final minutes as late as it is told to', () => {
    const { emulator, pass, job, run } = oneRun({ jobs: [{}] }, { settleMinutes: 10 });
    const look = () => [emulator.show(job), emulator.show(run.arn)];

    pass(20.9);
    const early = look();
    pass(0.1);
    const settled = look();

    expect(early).toMatchObject([
      { status: 'COMPLETED', ...shownMinutes(0, 0, 0) },
      { status: 'COMPLETED', ...shownMinutes(0, 0, 0) },
    ]);
    expect(settled).toMatchObject([shownMinutes(11, 11, 0), shownMinutes(11, 11, 0)]);
  });

  it('7.7 tells at any moment what was really used', () => {
    const { emulator, pass, run, job } = oneRun({ jobs: [{ testMinutes: 90 }, { testMinutes: 1 }] });
    const session = emulator.addSession({ project: emulator.addProject(), billingMethod: 'UNMETERED' });

    pass(30.123);
    const now = emulator.billed();
    const later = emulator.billed(begin + 40 * minute);

    expect(now.jobs.get(job)?.metered).toBeCloseTo(30.123, 6);
    expect(now.runs.get(run.arn)?.metered).toBeCloseTo(32.123, 6);
    expect(now.sessions.get(session)?.unmetered).toBeCloseTo(30.123, 6);
    expect(now.account).toMatchObject({ metered: now.runs.get(run.arn)?.metered });
    expect(later.account).toEqual({ total: 82, metered: 42, unmetered: 40 });
  });

  it('7.8 counts nothing for work that never had a device', async () => {
    const { emulator, call, pass, job, run } = oneRun({ jobs: [{ status: 'PENDING_CONCURRENCY' }] });
    pass(60);

    await call('StopJob', { arn: job });
    pass(60);

    expect(emulator.show(job)).toMatchObject({ status: 'COMPLETED', ...shownMinutes(0, 0, 0) });
    expect(emulator.show(run.arn)).toMatchObject(shownMinutes(0, 0, 0));
    expect(emulator.billed().account).toEqual({ total: 0, metered: 0, unmetered: 0 });
  });
});
