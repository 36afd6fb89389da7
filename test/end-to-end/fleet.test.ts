import { describe, expect, it } from 'vitest';
import { deploy } from './deploy.ts';
import { FLEET_POLICY, seedFleet } from './fleet.ts';
import { ACCOUNT, MINUTE } from './start.ts';
import { effectiveStops, expectEveryStopExplained, once } from './trail.ts';

describe('a fleet', () => {
  it('of 250 jobs in 50 runs over 40 projects loses exactly those that break the policy, once each', async () => {
    const deployed = await deploy(FLEET_POLICY, { pageSize: 20 });
    const { emulator, clock, sweep } = deployed;
    const over = seedFleet(emulator, { projects: 40, activeRuns: 50, finishedRuns: 50 });

    const first = await sweep();
    clock.advance(MINUTE);
    const second = await sweep();

    expect(first).toMatchObject({
      projects: 40,
      activeRuns: 50,
      activeItems: 250,
      partial: false,
      failed: [],
      heldBack: [],
    });
    expect(over.size).toBeGreaterThan(50);
    expect(new Set(first.stopped)).toEqual(over);
    expect(second).toMatchObject({ failed: [], partial: false });
    expect(second.stopped.filter((arn) => over.has(arn))).toEqual([]);
    expect(new Map([...effectiveStops(emulator)].filter(([arn]) => over.has(arn)))).toEqual(once(over));
    expectEveryStopExplained(emulator, await deployed.trail());
  });

  it('loses each job to one of two sweeps and an order for the account that come at the same time', async () => {
    const deployed = await deploy(FLEET_POLICY, { pageSize: 20 });
    const { emulator, sweep, publish } = deployed;
    const over = seedFleet(emulator, { projects: 8, activeRuns: 20, finishedRuns: 5 });
    const order = {
      action: 'stop',
      target: 'account',
      confirm: ACCOUNT,
      include: 'queued',
      reason: 'freeze',
    };

    const both = await Promise.all([sweep(), sweep(), publish(order)]);
    deployed.clock.advance(5 * MINUTE);
    const last = await sweep();

    const stopped = effectiveStops(emulator);
    expect([...over].filter((arn) => !stopped.has(arn))).toEqual([]);
    expect([...stopped].filter(([, count]) => count !== 1)).toEqual([]);
    // Three callers share one rate: what was throttled too often is left to the next sweep.
    const failed = [...both[0].failed, ...both[1].failed];
    expect(failed.filter(({ error }) => !error.includes('ThrottlingException'))).toEqual([]);
    expect(last).toMatchObject({ failed: [], heldBack: [], partial: false });
    expectEveryStopExplained(emulator, await deployed.trail());
  });
});
