import type { JobSeed, RunSeed } from '../../emulator/seeding/seeds.ts';
import type { InventoryWorld } from './open-inventory.ts';

/** A run of one job on a Google Pixel 8, by default in a project of its own; by default the job runs for two hours. */
export function addJob(
  { emulator }: Pick<InventoryWorld, 'emulator'>,
  job: JobSeed = {},
  run: Partial<RunSeed> = {},
) {
  const project = run.project ?? emulator.addProject({ name: 'mobile' });
  const jobs = [{ device: 'Google Pixel 8', testMinutes: 120, ...job }];
  const added = emulator.addRun({ name: 'nightly', ...run, project, jobs });
  const [arn = ''] = added.jobs;
  return { arn, run: added.arn, project };
}

/** Projects with one running job each. */
export function addProjects(world: Pick<InventoryWorld, 'emulator'>, names: readonly string[]) {
  return names.map((name) => addJob(world, {}, { project: world.emulator.addProject({ name }) }));
}

/** Names from `p000` on. */
export function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `p${String(index).padStart(4, '0')}`);
}
