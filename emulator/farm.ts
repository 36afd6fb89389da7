import type { DevicePool } from './devices.ts';
import { type Minutes, minutesUsed, sumMinutes } from './minutes.ts';
import type { AnyRecord, ProjectRecord, RawRecord, RunRecord, WorkRecord } from './records.ts';
import { SlotTurns } from './slots.ts';
import { type Course, courseOf, type Stop, startFromSlot, statusAt } from './timeline.ts';

/** Everything that exists in the emulated account. Statuses are worked out from it and a moment, never stored. */
export class Farm {
  readonly projects: (ProjectRecord | RawRecord)[] = [];
  readonly tags = new Map<string, Map<string, string>>();
  readonly devicePools = new Map<string, DevicePool>();
  readonly #byArn = new Map<string, AnyRecord>();
  readonly #turns = new SlotTurns();
  #lastKey = 0;

  nextKey(): number {
    this.#lastKey += 1;
    return this.#lastKey;
  }

  /** Makes the record known by its ARN from now on. The caller puts it into its parent's list. */
  register(record: AnyRecord, now: number): void {
    if (record.arn !== undefined) this.#byArn.set(record.arn, record);
    if ((record.kind === 'job' || record.kind === 'session') && record.forcedStart === undefined) {
      this.#turns.add(record, now);
    }
  }

  find(arn: string): AnyRecord | undefined {
    return this.#byArn.get(arn);
  }

  records(): Iterable<AnyRecord> {
    return this.#byArn.values();
  }

  course(work: WorkRecord): Course {
    const start = work.forcedStart ?? startFromSlot(work.approach, this.#turns.turnOf(work));
    return courseOf(work.plan, start, work.stop);
  }

  /** Records an accepted stop. The caller has made sure that the work can be stopped at that moment. */
  stop(work: WorkRecord, stop: Stop): void {
    work.stop = stop;
    this.#turns.forget();
  }
}

/** The jobs of a run whose state the emulator works out, that is without the verbatim ones. */
export function workOf(run: RunRecord): WorkRecord[] {
  return run.jobs.flatMap((job) => (job.kind === 'raw' ? [] : [job]));
}

/** Whether all of a run is COMPLETED. */
export function isComplete(farm: Farm, run: RunRecord, now: number): boolean {
  return workOf(run).every((job) => statusAt(farm.course(job), now) === 'COMPLETED');
}

/** What was really used until a moment, by the emulator's own rules. Unrounded minutes by ARN. */
export interface Billed {
  readonly jobs: ReadonlyMap<string, Minutes>;
  readonly runs: ReadonlyMap<string, Minutes>;
  readonly sessions: ReadonlyMap<string, Minutes>;
  /** All runs and sessions together. */
  readonly account: Minutes;
}

/** The truth to compare a guard's figures with. Verbatim items use nothing. */
export function billedUntil(farm: Farm, now: number): Billed {
  const jobs = new Map<string, Minutes>();
  const runs = new Map<string, Minutes>();
  const sessions = new Map<string, Minutes>();
  for (const record of farm.records()) {
    if (record.kind === 'job') jobs.set(record.arn, minutesUsed(farm.course(record), record.tariff, now));
    if (record.kind === 'session')
      sessions.set(record.arn, minutesUsed(farm.course(record), record.tariff, now));
    if (record.kind !== 'run') continue;
    runs.set(
      record.arn,
      sumMinutes(workOf(record).map((job) => minutesUsed(farm.course(job), job.tariff, now))),
    );
  }
  return { jobs, runs, sessions, account: sumMinutes([...runs.values(), ...sessions.values()]) };
}
