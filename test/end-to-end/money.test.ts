import { describe, expect, it } from 'vitest';
import type { BudgetRule, PolicyInput } from '../../lambda/core/policy/schema.ts';
import { deployGuard } from './deploy-guard.ts';
import { type Guard, MINUTE, START } from './start-guard.ts';
import { effectiveStops } from './trail.ts';

const PRICE = 0.17;

function budget(id: string, limit: BudgetRule['limit']) {
  return {
    id,
    type: 'budget' as const,
    period: 'day' as const,
    limit,
    thresholds: [{ percent: 100, action: 'stop-all' as const }],
  };
}

/** Work of each kind of billing, all RUNNING for `age` minutes, with setup and preparation left out. */
function seedEachKind({ emulator }: Guard, age: number) {
  const project = emulator.addProject({ name: 'mobile' });
  const created = START - age * MINUTE;
  const job = { prepareMinutes: 0, setupMinutes: 0, testMinutes: 140 };
  const own = { name: 'Lab Pixel', fleetType: 'PRIVATE' as const };
  return {
    metered: emulator.addRun({ project, created, jobs: [job] }).jobs[0] ?? '',
    unmetered: emulator.addRun({ project, created, billingMethod: 'UNMETERED', jobs: [job] }).jobs[0] ?? '',
    privateDevice: emulator.addRun({ project, created, jobs: [{ ...job, device: own }] }).jobs[0] ?? '',
    untold:
      emulator.addRun({ project, created, override: { billingMethod: undefined }, jobs: [job] }).jobs[0] ??
      '',
    session: emulator.addSession({ project, created, prepareMinutes: 0 }),
  };
}

describe.each(['settled', 'live'] as const)('with counters that are %s in flight', (counters) => {
  it('tells metered, unmetered and private minutes apart, and stops only metered work for money', async () => {
    const policy: PolicyInput = {
      version: 1,
      mode: 'enforce',
      pricePerMeteredMinute: PRICE,
      rules: [
        budget('dollars', { usd: 10 }),
        budget('metered', { meteredMinutes: 10_000 }),
        budget('all', { minutes: 10_000 }),
      ],
    };
    const guard = await deployGuard(policy, { counters });
    const { metered, session } = seedEachKind(guard, 40);

    const { usage, stopped } = await guard.sweep();

    // Three of the five are or count as metered: a job, a session, and the job whose run does not tell.
    expect(usage).toMatchObject([
      { rule: 'dollars', unit: 'usd', spent: expect.closeTo(3 * 40 * PRICE, 1) },
      { rule: 'metered', unit: 'meteredMinutes', spent: expect.closeTo(3 * 40, 0) },
      { rule: 'all', unit: 'minutes', spent: expect.closeTo(5 * 40, 0) },
    ]);
    expect([...stopped].sort()).toEqual([metered, session].sort());
    expect([...effectiveStops(guard.emulator).keys()].sort()).toEqual([metered, session].sort());
  });

  it('records no money for what is not metered', async () => {
    const policy: PolicyInput = {
      version: 1,
      mode: 'enforce',
      pricePerMeteredMinute: PRICE,
      rules: [{ id: 'long', type: 'job-duration', maxMinutes: 30 }],
    };
    const guard = await deployGuard(policy, { counters });
    const { metered, unmetered, privateDevice } = seedEachKind(guard, 40);

    await guard.sweep();
    await guard.clock.sleep(5 * MINUTE);
    await guard.sweep();

    const confirmed = (await guard.trail()).filter(({ event }) => event === 'StopConfirmed');
    const moneyOf = (arn: string) => confirmed.find(({ subject }) => subject === arn)?.money;
    expect(moneyOf(unmetered)).toBe(0);
    expect(moneyOf(privateDevice)).toBe(0);
    expect(moneyOf(metered)).toBeGreaterThan(40 * PRICE * 1_000_000);
    expect(confirmed.find(({ subject }) => subject === metered)).toMatchObject({
      project: 'mobile',
      run: 'run',
    });
  });
});

describe('work that does not say since when it is RUNNING', () => {
  it('is not stopped for its duration at first sight, and is later', async () => {
    const guard = await deployGuard({
      version: 1,
      mode: 'enforce',
      rules: [{ id: 'long', type: 'job-duration', maxMinutes: 30 }],
    });
    const project = guard.emulator.addProject({ name: 'mobile' });
    const { jobs } = guard.emulator.addRun({
      project,
      created: START - 90 * MINUTE,
      jobs: [{ testMinutes: 140, override: { started: undefined } }],
    });

    const stopped = [];
    for (let sweep = 0; sweep < 8; sweep += 1) {
      stopped.push((await guard.sweep()).stopped);
      await guard.clock.sleep(5 * MINUTE);
    }

    expect(stopped.map((arns) => arns.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
    expect(stopped.at(-1)).toEqual(jobs);
  });
});
