import { setTimeout } from 'node:timers/promises';
import type { Deployment } from './aws/deployment.ts';
import type { DayOfWork } from './day-of-work.ts';
import type { Page } from './page.ts';
import type { Showing } from './showing.ts';

const HOUR = 3_600_000;
/** Real seconds between two sweeps. */
const PACE_SECONDS = 5;

export interface Staying {
  readonly page: Page;
  readonly deployment: Deployment;
  readonly day: DayOfWork;
  readonly showing: Showing;
  readonly signal: AbortSignal;
}

/** Goes on with new work at every full hour. @throws AbortError when the signal is aborted: there is no other end */
export async function stayUp({ page, deployment, day, showing, signal }: Staying): Promise<never> {
  const pace = `a sweep every ${PACE_SECONDS} seconds, so that a second is a minute`;
  page.write(
    `\nStaying: ${pace}, with new work at every full hour. The commands above keep working. Ctrl-C ends it.\n\n`,
  );
  for (let filled = 0; ; ) {
    for (let second = 0; second < PACE_SECONDS; second++) {
      await setTimeout(1_000, undefined, { signal });
      showing.between();
    }
    const hour = Math.ceil(deployment.nextTickAt / HOUR) * HOUR;
    if (hour !== filled) day.addHour(hour);
    filled = hour;
    await showing.sweep();
  }
}
