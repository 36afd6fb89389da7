import { parseArn } from '../lambda/core/arn.ts';
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
  /** Gets of jobs that were then stopped with their run; the lower bound knows none. */
  readonly jobsOfStoppedRuns: number;
  /** Stop calls, those for a whole run among them. */
  readonly stops: number;
  readonly runStops: number;
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
      [
        'sweep',
        'list and get calls',
        'lower bound',
        'ratio',
        'confirming',
        'jobs of stopped runs',
        'ratio without',
      ],
      ...sweeps.map(({ reads, lowerBound, confirming, jobsOfStoppedRuns }, index) => [
        index === 0 ? 'first' : `later ${index}`,
        String(reads),
        String(lowerBound),
        (reads / lowerBound).toFixed(2),
        String(confirming),
        String(jobsOfStoppedRuns),
        ((reads - confirming - jobsOfStoppedRuns) / lowerBound).toFixed(2),
      ]),
    ],
  );
  console.log(
    '  lower bound: pages of projects + one page of runs and of sessions per project + pages of jobs of active',
  );
  console.log(
    '  runs + one Get per stop of a job or session + one Get and one page of jobs per stop of a run. confirming:',
  );
  console.log(
    '  reads that follow stops of earlier sweeps to their end. jobs of stopped runs: their Gets before the stop.',
  );
  console.log(
    '  What is left above the bound: tags of runs and projects with work to stop, and the account settings.',
  );
  printTable(
    'Wall time of a sweep in virtual time, against the time that the rate limits of the service allow',
    [
      ['sweep', 'seconds', 'limit', 'ratio', 'stop calls', 'of runs'],
      ...sweeps.map(({ seconds, limitSeconds, stops, runStops }, index) => [
        index === 0 ? 'first' : `later ${index}`,
        seconds.toFixed(1),
        limitSeconds.toFixed(1),
        limitSeconds === 0 ? (seconds === 0 ? '1.00' : 'no limit') : (seconds / limitSeconds).toFixed(2),
        String(stops),
        String(runStops),
      ]),
    ],
  );
  console.log(
    '  limit: the longest that one listing needs above its burst of 50 at 10 per second, then the stops of one',
  );
  console.log(
    '  kind above their burst of 10 at 1 per second. Replies take no time here: what is measured is our own waiting.',
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
  const stops = requests.filter(isStop).length;
  const reads = requests.length - stops;
  const runStops = count('StopRun');
  return {
    reads,
    // Each run of the fleet has fewer jobs than a page. Before a stop of a run its size and its jobs are read.
    lowerBound:
      Math.ceil(projects / PAGE_SIZE) + 2 * projects + activeRuns + (stops - runStops) + 2 * runStops,
    confirming: confirmingGets(requests) + count('ListJobs') - activeRuns - rereadListings(requests),
    jobsOfStoppedRuns: requests.filter((one) => isJobOfStoppedRun(one, requests)).length,
    stops,
    runStops,
    seconds,
    limitSeconds: limitOf(count, activeRuns),
  };
}

function isStop({ operation }: RequestRecord): boolean {
  return ['StopJob', 'StopRemoteAccessSession', 'StopRun'].includes(operation);
}

/** Gets of what this sweep did not go on to stop, by itself or with its run. */
function confirmingGets(requests: readonly RequestRecord[]): number {
  const stopped = new Set(requests.filter(isStop).map(({ input }) => input.arn));
  return requests.filter(
    (one) =>
      ['GetJob', 'GetRemoteAccessSession'].includes(one.operation) &&
      !stopped.has(one.input.arn) &&
      !isJobOfStoppedRun(one, requests),
  ).length;
}

/** A stop of a run reads each of its jobs again, though one listing shows them all: the lower bound does without. */
function isJobOfStoppedRun({ operation, input }: RequestRecord, requests: readonly RequestRecord[]): boolean {
  if (operation !== 'GetJob') return false;
  const run = parseArn(String(input.arn))?.runArn;
  return requests.some((one) => one.operation === 'StopRun' && one.input.arn === run);
}

/** Listings of a run that was read just before, to see whether one call may stop it. */
function rereadListings(requests: readonly RequestRecord[]): number {
  const read = new Set<unknown>();
  let listings = 0;
  for (const { operation, input } of requests) {
    if (operation === 'GetRun') read.add(input.arn);
    if (operation === 'ListJobs' && read.has(input.arn)) listings += 1;
  }
  return listings;
}

/** Each operation has a rate of its own. Listings that come between the stops cost no time of their own. */
function limitOf(count: (...operations: string[]) => number, activeRuns: number): number {
  const listings = [count('ListProjects'), count('ListRuns'), count('ListRemoteAccessSessions'), activeRuns];
  const stops = ['StopJob', 'StopRemoteAccessSession', 'StopRun'].map((name) => count(name));
  return (
    Math.max(...listings.map((calls) => Math.max(0, calls - 50) / 10)) +
    Math.max(...stops.map((calls) => Math.max(0, calls - 10)))
  );
}
