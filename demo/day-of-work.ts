import type { DeviceFarmEmulator } from '../emulator/emulator.ts';
import { isRecord } from '../lambda/text.ts';
import { MINUTE } from '../lambda/time.ts';
import { EVERY_HOUR, EXPERIMENT, type Fate, HUNG, MORNING, type Work, YOURS } from './morning.ts';

/** Some work of the day, and what is expected of AutoStop. */
export interface Expected {
  /** What it is and what must become of it, in words. */
  readonly promise: string;
  /** ARNs of its jobs or its session. */
  readonly arns: readonly string[];
  /** The rule that stops it, `order` for the message of the demo, or nothing when it must be left alone. */
  readonly stoppedBy?: string;
}

/** A day of work in the emulator. Times are epoch milliseconds. */
export interface DayOfWork {
  readonly expected: readonly Expected[];
  /** The run that somebody stops by a message, and when. */
  readonly order: { readonly target: string; readonly at: number };
  /** The job that hangs. */
  readonly hung: string;
  /** Adds what comes in once an hour when the demo stays; the ARN of the session for the reader to stop. */
  addHour(created: number): string;
}

/** When the demo looks at the day, in minutes after midnight: from the first work until the last has ended. */
export const HOURS = { from: 8 * 60, until: 11 * 60 + 50 } as const;
/** When somebody has seen enough of the experiment: between two sweeps. */
const ORDER_AT = 9 * 60 + 42;

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
  const last = (name: string) => added.findLast((one) => one.name === name);
  return {
    expected: expectations(added),
    order: { target: last(EXPERIMENT)?.arn ?? '', at: midnight + ORDER_AT * MINUTE },
    hung: last(HUNG)?.parts[0]?.arn ?? '',
    addHour: (created) => {
      const works = EVERY_HOUR.map((work) => add(work, created));
      return works.find(({ name }) => name === YOURS)?.arn ?? '';
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

/** One expectation for each promise, with all work that shares it. */
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

/** What the service itself knows of one job or session at this moment. */
export interface WorkFacts {
  /** Name of the run or session. */
  readonly name: string;
  readonly device: string;
  readonly status: string;
  readonly result: string;
  readonly metered: boolean;
  /** Device minutes on the bill or off the slot, by the emulator's own books. */
  readonly minutes: number;
}

/** Looks a job or session up in the emulator's state, without a request. */
export function workFacts(emulator: DeviceFarmEmulator, arn: string): WorkFacts {
  const item = shown(emulator, arn);
  const parent = arn.includes(':job:') ? shown(emulator, runOf(arn)) : item;
  const { jobs, sessions } = emulator.billed();
  const used = jobs.get(arn) ?? sessions.get(arn);
  return {
    name: String(parent.name),
    device: isRecord(item.device) ? String(item.device.name) : '',
    status: String(item.status),
    result: String(item.result),
    metered: parent.billingMethod === 'METERED',
    minutes: (used?.metered ?? 0) + (used?.unmetered ?? 0),
  };
}

/** The ARNs of a run's jobs that had not ended at `at`, epoch milliseconds: what a stop of the whole run is about. */
export function jobsLeft(emulator: DeviceFarmEmulator, runArn: string, at: number): readonly string[] {
  const jobs = Array.from(
    { length: Number(shown(emulator, runArn).totalJobs) },
    (_, index) => `${runArn.replace(':run:', ':job:')}/${String(index).padStart(5, '0')}`,
  );
  return jobs.filter((job) => {
    const { stopped } = shown(emulator, job);
    // The service tells times in seconds.
    return typeof stopped !== 'number' || stopped * 1000 >= at;
  });
}

/** Jobs share the ids of their run: `job:<project>/<run>/<index>`. */
function runOf(jobArn: string): string {
  return jobArn.replace(':job:', ':run:').replace(/\/\d+$/, '');
}

function shown(emulator: DeviceFarmEmulator, arn: string): Readonly<Record<string, unknown>> {
  const item = emulator.show(arn);
  return isRecord(item) ? item : {};
}
