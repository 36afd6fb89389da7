import type { JsonObject } from '../../emulator/json.ts';
import type { JobSeed, RunSeed, SessionSeed } from '../../emulator/seeding/seeds.ts';
import type { TestAutoStop } from './auto-stop.ts';

/** A project with one run of one job on a Google Pixel 8; returns their ARNs. The job runs for two hours unless told otherwise. */
export function addJob(auto: TestAutoStop, job: JobSeed = {}, run: Partial<RunSeed> = {}) {
  const project = run.project ?? auto.emulator.addProject({ name: 'mobile' });
  const jobs = [{ device: 'Google Pixel 8', testMinutes: 120, ...job }];
  const added = auto.emulator.addRun({ name: 'nightly', ...run, project, jobs });
  const [arn = ''] = added.jobs;
  return { arn, run: added.arn, project };
}

/** A session in a project of its own, in use until its timeout unless told otherwise. */
export function addSession(auto: TestAutoStop, session: Partial<SessionSeed> = {}): string {
  return auto.emulator.addSession({ project: auto.emulator.addProject({ name: 'lab' }), ...session });
}

/** A member of an item as the service shows it now. */
export function shown(auto: TestAutoStop, arn: string, member = 'status'): unknown {
  const item = auto.emulator.show(arn);
  return isObject(item) ? item[member] : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
