import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { JobSeed } from '../../emulator/seeding/seeds.ts';
import { MINUTE, START } from './start-guard.ts';

const JOBS_PER_RUN = 5;

/** How large a fleet is. */
export interface Fleet {
  readonly projects: number;
  readonly activeRuns: number;
  /** Of each project, over the last weeks. */
  readonly finishedRuns: number;
}

const FLEET: Fleet = { projects: 40, activeRuns: 50, finishedRuns: 300 };

export const FLEET_POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
    { id: 'stuck-queue', type: 'queue-age', maxMinutes: 180 },
    {
      id: 'daily',
      type: 'budget',
      period: 'day',
      limit: { usd: 10_000 },
      thresholds: [{ percent: 100, action: 'stop-all' }],
    },
  ],
  exemptions: [
    {
      id: 'release',
      match: { runs: ['release-*'] },
      until: '2027-01-01T00:00:00Z',
      owner: 'mobile',
      reason: 'release',
    },
  ],
};

/**
 * Runs of five jobs each over the projects, each project with finished runs; by default 250 jobs in 50 runs over 40 projects
 * with 300 finished runs of the last 40 days.
 * @returns ARNs of the jobs that break the policy
 */
export function seedFleet(emulator: DeviceFarmEmulator, fleet: Fleet = FLEET): ReadonlySet<string> {
  const projects = Array.from({ length: fleet.projects }, (_, index) =>
    emulator.addProject({ name: `app-${index}` }),
  );
  for (const project of projects) {
    for (let index = fleet.finishedRuns; index > 0; index -= 1) {
      const created = START - 200 * MINUTE - index * 190 * MINUTE;
      emulator.addRun({ project, name: `nightly-${index}`, created, jobs: [{ testMinutes: 5 }] });
    }
  }
  const over = new Set<string>();
  for (let index = 0; index < fleet.activeRuns; index += 1) {
    const project = projects[index % fleet.projects] ?? '';
    const exempt = index % 10 === 9;
    const queued = index % 10 === 4;
    const age = queued ? 185 + index : 20 + index * 2;
    const created = START - age * MINUTE;
    const jobs = Array.from({ length: JOBS_PER_RUN }, (_, job) => seedJob(queued, job, age));
    const run = emulator.addRun({ project, name: `${exempt ? 'release' : 'main'}-${index}`, created, jobs });
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

function startAfter(job: number): number {
  return 1 + job * 10;
}
