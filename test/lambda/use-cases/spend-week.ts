import type { Options } from '../../../emulator/options.ts';
import { seededRandom } from '../../../emulator/random.ts';
import type { Guard } from '../../harness/guard-in-process.ts';

const MINUTE = 60_000;

/** A run or session of a week. */
export interface Added {
  readonly arn: string;
  readonly project: string;
  /** Epoch milliseconds. */
  readonly created: number;
  /** Its jobs, or itself. */
  readonly items: readonly string[];
}

/** Adds a random amount of random work, with overhead, setup and teardown that only the emulator knows. */
export function seededWork(guard: Guard, seed: number) {
  const random = seededRandom(seed);
  const between = (from: number, to: number) => from + random() * (to - from);
  const pick = <T>(values: readonly [T, ...(readonly T[])]): T =>
    values[Math.floor(random() * values.length)] ?? values[0];
  const add = (name: string) => guard.emulator.addProject({ name });
  const projects = [add('mobile'), add('web'), add('labs')] as const;
  const wear = () => ({
    prepareMinutes: between(0.05, 0.5),
    setupMinutes: between(0, 1),
    teardownMinutes: between(0.1, 2),
  });
  const job = () => ({
    ...wear(),
    startAfterMinutes: between(0.5, 15),
    testMinutes: random() < 0.05 ? Number.POSITIVE_INFINITY : between(1, 55),
  });
  return (): Added => {
    const project = pick(projects);
    const billingMethod = random() < 0.25 ? 'UNMETERED' : 'METERED';
    // Created at any moment since the last look, also just before a period ends.
    const created = guard.clock.now() - Math.floor(between(0, 5) * MINUTE);
    if (random() < 0.2) {
      const sessionMinutes = between(2, 40);
      const prepareMinutes = between(0.05, 0.3);
      const { setupMinutes, teardownMinutes } = wear();
      const arn = guard.emulator.addSession({
        project,
        billingMethod,
        created,
        sessionMinutes,
        prepareMinutes,
        setupMinutes,
        teardownMinutes,
        startAfterMinutes: between(0.5, 3),
      });
      return { arn, project, created, items: [arn] };
    }
    const jobs = Array.from({ length: 1 + Math.floor(random() * 4) }, job);
    const jobTimeoutMinutes = pick([150, 60, 90]);
    const run = guard.emulator.addRun({ project, billingMethod, created, jobTimeoutMinutes, jobs });
    return { arn: run.arn, project, created, items: run.jobs };
  };
}

/** Emulator options of a week: what the guard cannot know of the service. */
export function weekOptions(counters: Options['counters']): Partial<Options> {
  return { counters, settleMinutes: counters === 'live' ? 0 : 2, pageSize: 20 };
}
