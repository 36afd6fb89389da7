import { ListingError } from '../../core/errors.ts';
import type { DeviceFarm, Pages, Reading } from '../../ports.ts';

const OUT_OF_TIME = { name: 'OutOfTime', message: 'no time was left to read on', kind: 'other' } as const;

/** Whether a listing broke off because time was up, not because the service failed. */
export function isOutOfTime(error: unknown): boolean {
  return error instanceof ListingError && error.error.name === OUT_OF_TIME.name;
}

/**
 * Device Farm until time is up: one long history must not use up the time in which stops are made.
 * @param isLate from then on listings of projects, runs and sessions break off before their next page
 * @param isOver from then on neither jobs are listed nor single items read
 */
export function withinTime(farm: DeviceFarm, isLate: () => boolean, isOver: () => boolean): DeviceFarm {
  const read = <T>(ask: () => Promise<Reading<T>>): Promise<Reading<T>> =>
    isOver() ? Promise.resolve({ state: 'unreadable', error: OUT_OF_TIME }) : ask();
  return {
    projects: () => untilLate('ListProjects', farm.projects(), isLate),
    runs: (arn) => untilLate(`ListRuns of ${arn}`, farm.runs(arn), isLate),
    jobs: (arn) => untilLate(`ListJobs of ${arn}`, farm.jobs(arn), isOver),
    sessions: (arn) => untilLate(`ListRemoteAccessSessions of ${arn}`, farm.sessions(arn), isLate),
    run: (arn) => read(() => farm.run(arn)),
    job: (arn) => read(() => farm.job(arn)),
    session: (arn) => read(() => farm.session(arn)),
    accountSettings: () => read(() => farm.accountSettings()),
  };
}

async function* untilLate<T>(
  what: string,
  pages: Pages<T>,
  isLate: () => boolean,
): AsyncGenerator<readonly T[]> {
  if (isLate()) throw new ListingError(what, OUT_OF_TIME);
  for await (const page of pages) {
    yield page;
    if (isLate()) throw new ListingError(what, OUT_OF_TIME);
  }
}
