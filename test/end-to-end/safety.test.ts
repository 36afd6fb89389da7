import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import { deployGuard } from './deploy-guard.ts';
import { type Guard, MINUTE, START } from './start-guard.ts';
import { effectiveStops, expectEveryStopExplained, stopRequests } from './trail.ts';

const BREAKER = { percentOfActive: 50, minimumActive: 4, holdMinutes: 30 };
const MAX_STOPS = 3;
/** Of the budget "Test Budget". */
const BUDGET_ALERT = readFileSync(new URL('../golden/budgets-notification.txt', import.meta.url), 'utf8');

const policy = (percentOfActive: number, maxStopsPerHour: number): PolicyInput => ({
  version: 1,
  mode: 'enforce',
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
  safety: { maxStopsPerHour, breaker: { ...BREAKER, percentOfActive } },
  manualStop: { budgets: [{ name: 'Test Budget', stop: 'all' }] },
});

/** Jobs in runs of their own that are RUNNING for 75 minutes and until they are stopped, in the order of their rank. */
function seedRunaways({ emulator }: Guard, count: number): readonly string[] {
  const project = emulator.addProject({ name: 'mobile' });
  return Array.from({ length: count }, (_, index) => {
    const created = START - 75 * MINUTE;
    const jobs = [{ status: 'RUNNING' as const }];
    return emulator.addRun({ project, created, jobs, jobTimeoutMinutes: 5_000 - index }).jobs[0] ?? '';
  });
}

/** Sweeps every five minutes; what each stopped. */
async function sweepFor(guard: Guard, minutes: number): Promise<readonly (readonly string[])[]> {
  const stopped = [];
  for (let passed = 0; passed < minutes; passed += 5) {
    guard.clock.advance(5 * MINUTE);
    stopped.push((await guard.sweep()).stopped);
  }
  return stopped;
}

const once = (arns: readonly string[]) => new Map(arns.map((arn) => [arn, 1]));

describe('the cap, through the bundles', () => {
  it('lets no hour have more stops than it may, explains what it holds, and loses none', async () => {
    const guard = await deployGuard(policy(100, MAX_STOPS));
    const arns = seedRunaways(guard, 8);

    const [first, second] = await Promise.all([guard.sweep(), guard.sweep()]);
    const atOnce = stopRequests(guard.emulator).length;
    await sweepFor(guard, 140);

    const trail = await guard.trail();
    const held = trail.filter(({ event }) => event === 'StopHeld');
    const times = guard.emulator.requests
      .filter(({ operation }) => operation === 'StopJob')
      .map(({ at }) => at);
    expect(atOnce).toBeLessThanOrEqual(MAX_STOPS);
    expect(first.heldBack.length + second.heldBack.length).toBeGreaterThan(0);
    expect(effectiveStops(guard.emulator)).toEqual(once(arns));
    expect(stopRequests(guard.emulator)).toHaveLength(arns.length);
    for (const from of times)
      expect(times.filter((at) => at >= from && at < from + 60 * MINUTE).length).toBeLessThanOrEqual(
        MAX_STOPS,
      );
    expect(new Set(held.map(({ subject }) => subject)).size).toBe(held.length);
    expect(held.map(({ subject }) => subject)).toEqual(expect.arrayContaining(arns.slice(MAX_STOPS)));
    expect(held[0]).toMatchObject({
      id: 'StopHeld#long-jobs#cap',
      reason: expect.stringMatching(/all 3 stops of the rolling hour .*safety\.maxStopsPerHour.*ran 75 min/),
    });
    expectEveryStopExplained(guard.emulator, trail);
  });

  it('holds what a message of AWS Budgets ordered, and leaves it to the sweeps', async () => {
    const guard = await deployGuard({
      ...policy(100, MAX_STOPS),
      rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 100_000 }],
    });
    const arns = seedRunaways(guard, 5);

    await guard.publish(BUDGET_ALERT);
    const byMessage = stopRequests(guard.emulator);
    await sweepFor(guard, 70);

    const held = (await guard.trail()).filter(({ event }) => event === 'StopHeld');
    expect(byMessage.toSorted()).toEqual(arns.slice(0, MAX_STOPS).toSorted());
    expect(effectiveStops(guard.emulator)).toEqual(once(arns));
    expect(held.map(({ subject, rule }) => [subject, rule]).toSorted()).toEqual(
      arns
        .slice(MAX_STOPS)
        .map((arn) => [arn, 'budget:Test Budget'])
        .toSorted(),
    );
    expectEveryStopExplained(guard.emulator, await guard.trail());
  });
});

describe('the breaker, through the bundles', () => {
  it('holds a wave for its hold time, tells once, explains, and then loses none', async () => {
    const guard = await deployGuard(policy(50, 200));
    const arns = seedRunaways(guard, 6);

    const opened = await guard.sweep();
    const held = await sweepFor(guard, 25);
    const [released] = await sweepFor(guard, 5);
    await sweepFor(guard, 5);

    const trail = await guard.trail();
    const messages = guard.deployment.messages.map(({ subject }) => subject);
    expect(opened).toMatchObject({ stopped: [], partial: false });
    expect(opened.heldBack).toHaveLength(arns.length);
    expect(held.flat()).toEqual([]);
    expect(released?.toSorted()).toEqual(arns.toSorted());
    expect(effectiveStops(guard.emulator)).toEqual(once(arns));
    expect(messages.filter((subject) => subject?.includes('breaker'))).toEqual([
      'Device Farm auto-stop: breaker open, 6 newly over',
    ]);
    expect(trail.filter(({ event }) => event === 'StopHeld').map(({ id }) => id)).toEqual(
      arns.map(() => 'StopHeld#long-jobs#breaker'),
    );
    expect(trail.find(({ event }) => event === 'StopHeld')?.reason).toMatch(
      /^held by the breaker until 2026-11-23T12:30:.* 6 of 6 in flight were newly over a limit; at most 3 may be \(50 %\)/,
    );
    expectEveryStopExplained(guard.emulator, trail);
  });
});
