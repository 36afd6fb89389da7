import type { RequestRecord } from '../local/device-farm/request-log.ts';
import { FLEET_POLICY, type Fleet, seedFleet } from '../test/end-to-end/fleet.ts';
import { type Guard, MINUTE, startGuard } from '../test/end-to-end/start-guard.ts';
import { printTable } from './print-table.ts';

const SWEEPS = 6;
const PAGE_SIZE = 20;
const FLEETS: readonly Fleet[] = [
  { projects: 40, activeRuns: 50, finishedRuns: 300 },
  { projects: 300, activeRuns: 50, finishedRuns: 40 },
];

interface Sweep {
  readonly reads: number;
  readonly lowerBound: number;
  /** Gets, and listings of ended runs, that follow stops of earlier sweeps to their end; the lower bound knows none. */
  readonly confirming: number;
  readonly stops: number;
  /** Virtual seconds. */
  readonly seconds: number;
  readonly limitSeconds: number;
}

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

async function report(guard: Guard, fleet: Fleet): Promise<void> {
  const sweeps: Sweep[] = [];
  for (let index = 0; index < SWEEPS; index += 1) {
    sweeps.push(await measure(guard));
    await guard.clock.sleep(5 * MINUTE);
  }
  const { projects, activeRuns, finishedRuns } = fleet;
  printTable(
    `Device Farm calls of a sweep: ${projects} projects with ${finishedRuns} finished runs each, ${activeRuns * 5} jobs in ${activeRuns} runs, pages of ${PAGE_SIZE}`,
    [
      ['sweep', 'list and get calls', 'lower bound', 'ratio', 'of them confirming', 'ratio without'],
      ...sweeps.map(({ reads, lowerBound, confirming }, index) => [
        index === 0 ? 'first' : `later ${index}`,
        String(reads),
        String(lowerBound),
        (reads / lowerBound).toFixed(2),
        String(confirming),
        ((reads - confirming) / lowerBound).toFixed(2),
      ]),
    ],
  );
  console.log(
    '  lower bound: pages of projects + one page of runs and of sessions per project + pages of jobs of active',
  );
  console.log(
    '  runs + one Get per stop. confirming: reads that follow stops of earlier sweeps to their end.',
  );
  printTable(
    'Wall time of a sweep in virtual time, against the time that the rate limits of the service allow',
    [
      ['sweep', 'seconds', 'limit', 'ratio', 'stops'],
      ...sweeps.map(({ seconds, limitSeconds, stops }, index) => [
        index === 0 ? 'first' : `later ${index}`,
        seconds.toFixed(1),
        limitSeconds.toFixed(1),
        limitSeconds === 0 ? (seconds === 0 ? '1.00' : 'no limit') : (seconds / limitSeconds).toFixed(2),
        String(stops),
      ]),
    ],
  );
  console.log(
    '  limit: the longest that one listing needs above its burst of 50 at 10 per second, then the stops above',
  );
  console.log(
    '  their burst of 10 at 1 per second. Replies take no time here: what is measured is our own waiting.',
  );
}

async function measure(guard: Guard): Promise<Sweep> {
  const { emulator, clock } = guard;
  const before = emulator.requests.length;
  const startedAt = clock.now();
  const { activeRuns, projects } = await guard.sweep();
  const seconds = (clock.now() - startedAt) / 1000;
  const requests = emulator.requests.slice(before);
  const count = (...operations: string[]) =>
    requests.filter(({ operation }) => operations.includes(operation)).length;
  const stops = count('StopJob', 'StopRemoteAccessSession');
  const reads = requests.length - stops;
  return {
    reads,
    // Each run of the fleet has fewer jobs than a page.
    lowerBound: Math.ceil(projects / PAGE_SIZE) + 2 * projects + activeRuns + stops,
    confirming: confirmingReads(requests) + count('ListJobs') - activeRuns,
    stops,
    seconds,
    limitSeconds: limitOf(count, stops),
  };
}

/** Gets of items that this sweep did not go on to stop. */
function confirmingReads(requests: readonly RequestRecord[]): number {
  const stopped = new Set(
    requests.filter(({ operation }) => operation.startsWith('Stop')).map(({ input }) => input.arn),
  );
  return requests.filter(({ operation, input }) => operation.startsWith('Get') && !stopped.has(input.arn))
    .length;
}

function limitOf(count: (...operations: string[]) => number, stops: number): number {
  const listings = ['ListProjects', 'ListRuns', 'ListJobs', 'ListRemoteAccessSessions'].map((name) =>
    count(name),
  );
  return Math.max(...listings.map((calls) => Math.max(0, calls - 50) / 10)) + Math.max(0, stops - 10);
}
