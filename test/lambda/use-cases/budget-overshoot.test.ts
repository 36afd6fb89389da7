import { describe, expect, it } from 'vitest';
import { type Guard, startGuard } from '../../harness/guard-in-process.ts';

const PRICE = 0.17;
/** Metered minutes that 50 dollars buy. */
const BUDGET = 50 / PRICE;
const CONCURRENCY = 8;
const INTERVAL = 5;
const TEARDOWN = 2;
/** Stop calls refill at one per second; each job of the account waits for one at most. */
const STOP_RATE_MINUTES = CONCURRENCY / 60;

/** A budget of 50 dollars a day with one stopping threshold. */
function guardWith(
  basis: 'spent' | 'committed',
  action: 'stop-queued' | 'stop-all',
  concurrency: number = CONCURRENCY,
) {
  const slots = {
    meteredAutomation: concurrency,
    unmeteredAutomation: { ANDROID: 2, IOS: 0 },
    unmeteredRemoteAccess: { ANDROID: 0, IOS: 0 },
  };
  const thresholds = [{ percent: 100, basis, action }];
  return startGuard({
    policy: {
      rules: [{ id: 'daily', type: 'budget', period: 'day', limit: { usd: 50 }, thresholds }],
      safety: { maxStopsPerHour: 1_000 },
    },
    emulator: { slots },
  });
}

/** Two runaway runs of endless tests and one unmetered run; every sweep another one is scheduled. */
async function runAway(guard: Guard, sweeps: number): Promise<{ unmetered: string; crossedAt?: number }> {
  const project = guard.emulator.addProject({ name: 'mobile' });
  const endless = { testMinutes: Number.POSITIVE_INFINITY, teardownMinutes: TEARDOWN };
  const add = (name: string, others = {}) =>
    guard.emulator.addRun({
      project,
      name,
      schedule: 'slots',
      jobs: [endless, endless, endless, endless],
      ...others,
    });
  const { arn: unmetered } = add('ours', { billingMethod: 'UNMETERED', jobs: [endless] });
  add('runaway-0');
  let crossedAt: number | undefined;
  for (let step = 1; step <= sweeps; step += 1) {
    guard.pass(INTERVAL);
    add(`runaway-${step}`);
    const now = guard.clock.now();
    const { usage } = await guard.sweep();
    const [budget] = usage;
    if (crossedAt === undefined && budget && budget.committed > budget.limit) crossedAt = now;
  }
  return { unmetered, ...(crossedAt === undefined ? {} : { crossedAt }) };
}

/** Jobs of metered runs by whether they were on a device at a moment. */
function startedBy(guard: Guard, at: number): ReadonlySet<string> {
  return new Set(
    [...guard.emulator.billed(at).jobs].flatMap(([arn, { total, unmetered }]) =>
      total > 0 && unmetered === 0 ? [arn] : [],
    ),
  );
}

describe('a budget of 50 dollars a day under runaway load', () => {
  it('with basis spent is overrun by no more than one interval and the teardown of what was on devices', async () => {
    const guard = await guardWith('spent', 'stop-all');

    const { unmetered } = await runAway(guard, 60);

    const { metered, unmetered: ofSlots } = guard.emulator.billed().account;
    expect(ofSlots).toBeGreaterThan(100);
    const allowed = CONCURRENCY * (INTERVAL + TEARDOWN) + STOP_RATE_MINUTES * CONCURRENCY;
    expect(metered).toBeGreaterThan(BUDGET);
    expect(metered - BUDGET).toBeLessThanOrEqual(allowed);
    expect(
      guard.journal.stops().filter(({ arn }) => arn.includes(unmetered.split(':').at(-1) ?? '')),
    ).toEqual([]);
    guard.journal.expectStopsExplained();
  });

  it('with basis spent is overrun by no more than that and the time that the stop calls wait for their rate', async () => {
    const concurrency = 24;
    const guard = await guardWith('spent', 'stop-all', concurrency);
    const project = guard.emulator.addProject({ name: 'mobile' });
    const jobs = [{ testMinutes: Number.POSITIVE_INFINITY, teardownMinutes: TEARDOWN }];
    for (let index = 0; index < 60; index += 1)
      guard.emulator.addRun({ project, name: `runaway-${index}`, schedule: 'slots', jobs });

    for (let step = 1; step <= 6; step += 1) {
      guard.pass(INTERVAL);
      await guard.sweep();
    }

    const calls = guard.emulator.requests.filter(({ operation }) => operation.startsWith('Stop'));
    const [first, last] = [calls[0]?.at ?? 0, calls.at(-1)?.at ?? 0];
    const waited = (last - first) / 60_000;
    const { metered } = guard.emulator.billed().account;
    // Sixty calls, ten of them at once and the rest one a second.
    expect(waited).toBeGreaterThan(0.7);
    expect(waited).toBeLessThan(1.1);
    expect(metered).toBeGreaterThan(BUDGET);
    expect(metered - BUDGET).toBeLessThanOrEqual(concurrency * (INTERVAL + TEARDOWN + calls.length / 60));
    guard.journal.expectStopsExplained();
  });

  it('with basis committed bills nothing but what had started when the threshold was crossed', async () => {
    const guard = await guardWith('committed', 'stop-queued');

    const { unmetered, crossedAt = 0 } = await runAway(guard, 60);

    const started = startedBy(guard, crossedAt);
    const billed = [...guard.emulator.billed().jobs]
      .filter(([, { metered }]) => metered > 0)
      .map(([arn]) => arn);
    expect(started.size).toBeGreaterThan(0);
    expect(billed.filter((arn) => !started.has(arn))).toEqual([]);
    expect(guard.journal.stops().filter(({ arn }) => started.has(arn))).toEqual([]);
    expect(
      guard.journal.stops().filter(({ arn }) => arn.includes(unmetered.split(':').at(-1) ?? '')),
    ).toEqual([]);
    guard.journal.expectStopsExplained();
  });
});
