import { type Farm, workOf } from './farm.ts';
import { type Minutes, minutesUsed, sumMinutes } from './minutes.ts';

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
