import { describe, expect, it } from 'vitest';
import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { JobSeed } from '../../emulator/seeding/seeds.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { ACCOUNT, deploy, MINUTE, START } from './deploy.ts';
import { effectiveStops, expectEveryStopExplained, once } from './trail.ts';

const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
    { id: 'stuck-queue', type: 'queue-age', maxMinutes: 180 },
  ],
  exemptions: [
    {
      id: 'release',
      match: { runs: ['release-*'] },
      until: new Date(START + 60 * MINUTE).toISOString(),
      owner: 'mobile',
      reason: 'release',
    },
  ],
};

/** How many there are; the finished runs are those of each project over the last weeks. */
interface Fleet {
  readonly projects: number;
  readonly runs: number;
  readonly finishedRuns: number;
}

/**
 * Runs of five jobs each over the projects; every tenth run is exempt.
 * @returns ARNs of the jobs that break the policy
 */
function seedFleet(emulator: DeviceFarmEmulator, { projects: count, runs, finishedRuns }: Fleet) {
  const projects = Array.from({ length: count }, (_, index) => emulator.addProject({ name: `app-${index}` }));
  for (const project of projects) {
    for (let index = finishedRuns; index > 0; index -= 1) {
      const created = START - 200 * MINUTE - index * 190 * MINUTE;
      emulator.addRun({ project, name: `nightly-${index}`, created, jobs: [{ testMinutes: 5 }] });
    }
  }
  const over = new Set<string>();
  for (let index = 0; index < runs; index += 1) {
    const project = projects[index % count] ?? '';
    const [exempt, queued] = [index % 10 === 9, index % 10 === 4];
    const age = queued ? 185 + index : 20 + index * 2;
    const jobs = Array.from({ length: 5 }, (_, job) => seedJob(queued, job, age));
    const name = `${exempt ? 'release' : 'main'}-${index}`;
    const run = emulator.addRun({ project, name, created: START - age * MINUTE, jobs });
    if (exempt) continue;
    run.jobs.forEach((arn, job) => {
      if (queued || age - startAfter(job) > 60) over.add(arn);
    });
  }
  return over;
}

function seedJob(queued: boolean, job: number, age: number): JobSeed {
  // Long enough to be in flight whatever the test does meanwhile.
  return queued
    ? { status: 'PENDING_CONCURRENCY' }
    : { startAfterMinutes: startAfter(job), testMinutes: age + 120 };
}

const startAfter = (job: number) => 1 + job * 10;

describe('a fleet', () => {
  it('of 250 jobs in 50 runs over 40 projects loses exactly those that break the policy, once each', async () => {
    const deployed = await deploy(POLICY, { pageSize: 20 });
    const { emulator, clock, sweep } = deployed;
    const over = seedFleet(emulator, { projects: 40, runs: 50, finishedRuns: 100 });

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
    const deployed = await deploy(POLICY, { pageSize: 20 });
    const { emulator, sweep, publish } = deployed;
    const over = seedFleet(emulator, { projects: 12, runs: 30, finishedRuns: 5 });
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
