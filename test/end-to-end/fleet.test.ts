import { describe, expect, it } from 'vitest';
import { deployGuard } from './deploy-guard.ts';
import { FLEET_POLICY, seedFleet } from './fleet.ts';
import { MINUTE } from './start-guard.ts';
import { effectiveStops, expectEveryStopExplained, stopRequests } from './trail.ts';

const ONCE = (arns: Iterable<string>) => new Map([...arns].map((arn) => [arn, 1]));

describe('250 jobs in 50 runs over 40 projects with 300 finished runs each', () => {
  it('loses exactly those that break the policy, once each, and a second sweep stops none again', async () => {
    const guard = await deployGuard(FLEET_POLICY, { pageSize: 20 });
    const over = seedFleet(guard.emulator);

    const first = await guard.sweep();
    guard.clock.advance(MINUTE);
    const second = await guard.sweep();

    expect(first).toMatchObject({
      projects: 40,
      activeRuns: 50,
      activeItems: 250,
      partial: false,
      failed: [],
      heldBack: [],
    });
    expect(new Set(first.stopped)).toEqual(over);
    expect(second.stopped.filter((arn) => over.has(arn))).toEqual([]);
    expect(second.failed).toEqual([]);
    expect(over.size).toBeGreaterThan(50);
    expect(new Map([...effectiveStops(guard.emulator)].filter(([arn]) => over.has(arn)))).toEqual(ONCE(over));
    expect(stopRequests(guard.emulator).filter((arn) => over.has(arn))).toHaveLength(over.size);
    expectEveryStopExplained(guard.emulator, await guard.trail());
  });

  it('gets one request each from two sweeps at once', async () => {
    const guard = await deployGuard(FLEET_POLICY, { pageSize: 20 });
    const over = seedFleet(guard.emulator);

    const both = await Promise.all([guard.sweep(), guard.sweep()]);

    const stopped = both.flatMap((summary) => summary.stopped);
    const seenBefore = both.flatMap((summary) => summary.alreadyStopping);
    expect([...over].filter((arn) => !stopped.includes(arn) && !seenBefore.includes(arn))).toEqual([]);
    expect(stopped.length).toBe(new Set(stopped).size);
    expect(new Map([...effectiveStops(guard.emulator)].filter(([arn]) => over.has(arn)))).toEqual(ONCE(over));
    expect(stopRequests(guard.emulator).length).toBe(new Set(stopRequests(guard.emulator)).size);
    expectEveryStopExplained(guard.emulator, await guard.trail());
  });

  it('gets one request each from a sweep and a manual stop of the account at once', async () => {
    const guard = await deployGuard(FLEET_POLICY, { pageSize: 20 });
    seedFleet(guard.emulator);

    await Promise.all([
      guard.sweep(),
      guard.publish({
        action: 'stop',
        target: 'account',
        confirm: '123456789012',
        include: 'queued',
        reason: 'freeze',
      }),
    ]);

    expect(stopRequests(guard.emulator).length).toBe(new Set(stopRequests(guard.emulator)).size);
    expectEveryStopExplained(guard.emulator, await guard.trail());
  });
});
