import type { DeviceFarmEmulator } from '../emulator/emulator.ts';
import { EVERY_HOUR, EXPERIMENT, type Fate, MORNING, type Work, YOURS } from './morning.ts';

const MINUTE = 60_000;

/** Some work of the day, and what the guard is expected to do with it. */
export interface Expected {
  /** What it is and what must become of it, in words. */
  readonly promise: string;
  /** ARNs of its jobs or its session. */
  readonly arns: readonly string[];
  /** The rule that stops it, `manual` for the message of the demo, or nothing when it must be left alone. */
  readonly stoppedBy?: string;
}

/** A day of work in the emulator. Times are epoch milliseconds. */
export interface DayOfWork {
  readonly expected: readonly Expected[];
  /** The run that somebody stops by a message, and when. */
  readonly manual: { readonly target: string; readonly at: number };
  /** A session that nothing in the policy concerns: for the reader to stop. */
  readonly yours: string;
  /** Adds what comes in at a full hour when the demo stays. */
  addHour(created: number): void;
}

/** When the demo looks at the day: after the first work came in, until the last has ended. Minutes after midnight. */
export const HOURS = { from: 8 * 60, until: 11 * 60 + 50 } as const;
/** When somebody has seen enough of the experiment: between two sweeps. */
const MANUAL_STOP = 9 * 60 + 42;

/** Something that was added, with what becomes of each part. */
interface Added {
  readonly name: string;
  readonly arn: string;
  readonly parts: readonly { readonly arn: string; readonly fate: Fate }[];
}

/**
 * Fills an emulator with the work of three teams. `midnight` is the beginning of the day in UTC; the same midnight and emulator
 * options give the same ARNs.
 */
export function seedDay(emulator: DeviceFarmEmulator, midnight: number): DayOfWork {
  const created = midnight - 30 * 24 * 60 * MINUTE;
  const projects = Object.fromEntries(
    ['mobile-app', 'web-checkout', 'labs'].map((name) => [name, emulator.addProject({ name, created })]),
  );
  const add = (work: Work, from: number) =>
    addWork(emulator, projects[work.team] ?? '', work, from + work.created * MINUTE);
  const added = MORNING.map((work) => add(work, midnight));
  const named = (name: string) => added.find((one) => one.name === name)?.arn ?? '';
  return {
    expected: expectations(added),
    manual: { target: named(EXPERIMENT), at: midnight + MANUAL_STOP * MINUTE },
    yours: named(YOURS),
    addHour: (hour) => {
      for (const work of EVERY_HOUR) add(work, hour);
    },
  };
}

function addWork(emulator: DeviceFarmEmulator, project: string, work: Work, created: number): Added {
  const { name, platform = 'ANDROID', jobs, session } = work;
  const billingMethod = work.unmetered ? 'UNMETERED' : 'METERED';
  const common = { project, name, platform, created, billingMethod } as const;
  if (!jobs) {
    const arn = emulator.addSession({ ...common, ...session });
    return { name, arn, parts: [{ arn, fate: session ?? {} }] };
  }
  const run = emulator.addRun({ ...common, jobs });
  return { name, arn: run.arn, parts: run.jobs.map((arn, index) => ({ arn, fate: jobs[index] ?? {} })) };
}

/** One expectation for each promise, whoever shares it. */
function expectations(added: readonly Added[]): readonly Expected[] {
  const byPromise = new Map<string, Expected>();
  for (const { arn, fate } of added.flatMap(({ parts }) => parts)) {
    const { promise, stoppedBy } = fate;
    if (promise === undefined) continue;
    const arns = [...(byPromise.get(promise)?.arns ?? []), arn];
    byPromise.set(promise, { promise, arns, ...(stoppedBy === undefined ? {} : { stoppedBy }) });
  }
  return [...byPromise.values()];
}
