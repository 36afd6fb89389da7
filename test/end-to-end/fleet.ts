import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { JobSeed } from '../../emulator/seeding/seeds.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { MINUTE, START } from './start.ts';

export const FLEET_POLICY: PolicyInput = {
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
export interface Fleet {
  readonly projects: number;
  readonly activeRuns: number;
  readonly finishedRuns: number;
}

/**
 * Runs of five jobs each over the projects; every tenth run is exempt.
 * @returns ARNs of the jobs that break the policy
 */
export function seedFleet(
  emulator: DeviceFarmEmulator,
  { projects: count, activeRuns, finishedRuns }: Fleet,
) {
  const projects = Array.from({ length: count }, (_, index) => emulator.addProject({ name: `app-${index}` }));
  for (const project of projects) {
    for (let index = finishedRuns; index > 0; index -= 1) {
      const created = START - 200 * MINUTE - index * 190 * MINUTE;
      emulator.addRun({ project, name: `nightly-${index}`, created, jobs: [{ testMinutes: 5 }] });
    }
  }
  const over = new Set<string>();
  for (let index = 0; index < activeRuns; index += 1) {
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
