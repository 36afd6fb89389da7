import { FLEET_POLICY, type Fleet, seedFleet } from '../test/end-to-end/fleet.ts';
import { type Guard, MINUTE, startGuard } from '../test/end-to-end/start-guard.ts';
import { type MeasuredSweep, measureSweep } from './measure-sweep.ts';
import { printCalls, printTimes } from './print-sweeps.ts';

const SWEEPS = 6;
const PAGE_SIZE = 20;
const FLEETS: readonly Fleet[] = [
  { projects: 40, activeRuns: 50, finishedRuns: 300 },
  { projects: 300, activeRuns: 50, finishedRuns: 40 },
];

/** Calls and wall time of sweeps through the bundle, five minutes apart, in virtual time. */
export async function benchSweeps(): Promise<void> {
  for (const fleet of FLEETS) {
    const guard = await startGuard(FLEET_POLICY, { pageSize: PAGE_SIZE });
    try {
      seedFleet(guard.emulator, fleet);
      await report(guard, fleet);
    } finally {
      await guard.close();
    }
  }
}

async function report(guard: Guard, { projects, activeRuns, finishedRuns }: Fleet): Promise<void> {
  const sweeps: MeasuredSweep[] = [];
  for (let index = 0; index < SWEEPS; index += 1) {
    sweeps.push(await measureSweep(guard, PAGE_SIZE));
    await guard.clock.sleep(5 * MINUTE);
  }
  printCalls(
    `${projects} projects with ${finishedRuns} finished runs each, ${activeRuns * 5} jobs in ${activeRuns} runs, pages of ${PAGE_SIZE}`,
    sweeps,
  );
  printTimes(sweeps);
}
