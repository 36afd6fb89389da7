import { FLEET_POLICY, type Fleet, seedFleet } from '../test/end-to-end/fleet.ts';
import { type Deployed, MINUTE, start } from '../test/end-to-end/start.ts';
import { printTable } from './print-table.ts';

const SWEEPS = 6;
const PAGE_SIZE = 20;
/** Calls per second that AutoStop takes of a listing at most, and its burst: half of the documented 10 and 50. */
const SHARE = { rate: 5, burst: 25 };
const FLEETS: readonly Fleet[] = [
  { projects: 40, activeRuns: 50, finishedRuns: 300 },
  { projects: 300, activeRuns: 50, finishedRuns: 40 },
];

const LISTINGS = ['ListProjects', 'ListRuns', 'ListRemoteAccessSessions', 'ListJobs'];
const STOPS = ['StopJob', 'StopRemoteAccessSession', 'StopRun'];

/** Calls and virtual time of sweeps through the bundle, five minutes apart, against the fewest and shortest possible. */
export async function benchSweeps(): Promise<void> {
  for (const fleet of FLEETS) {
    const deployed = await start(FLEET_POLICY, { pageSize: PAGE_SIZE });
    try {
      seedFleet(deployed.emulator, fleet);
      await report(deployed, fleet);
    } finally {
      await deployed.close();
    }
  }
}

async function report(deployed: Deployed, { projects, activeRuns, finishedRuns }: Fleet): Promise<void> {
  const rows: string[][] = [];
  for (let index = 0; index < SWEEPS; index += 1) {
    rows.push([index === 0 ? 'first' : `later ${index}`, ...(await measure(deployed))]);
    await deployed.clock.sleep(5 * MINUTE);
  }
  printTable(
    `A sweep of ${projects} projects with ${finishedRuns} finished runs each, ${activeRuns * 5} jobs in ${activeRuns} runs, pages of ${PAGE_SIZE}`,
    [
      ['sweep', 'listings', 'fewest', 'ratio', 'gets', 'stops', 'database', 'seconds', 'shortest', 'ratio'],
      ...rows,
    ],
  );
  console.log(
    '  fewest: pages of projects + one page of runs and of sessions a project + one page of jobs a run in flight.\n' +
      '  gets: what is read again before and after a stop. database: requests to DynamoDB. seconds: virtual, without the\n' +
      '  time of replies. shortest: the longest of the listings above the burst of 25 at 5 a second, then that of the stops\n' +
      '  above the burst of 10 at 1 a second.',
  );
}

async function measure({ emulator, clock, aws, sweep }: Deployed): Promise<string[]> {
  const [before, callsBefore, startedAt] = [emulator.requests.length, aws.calls.length, clock.now()];
  const { activeRuns, projects } = await sweep();
  const seconds = (clock.now() - startedAt) / 1000;
  const requests = emulator.requests.slice(before);
  const database = aws.calls.slice(callsBefore).filter(({ service }) => service === 'dynamodb').length;
  const count = (name: string) => requests.filter(({ operation }) => operation === name).length;
  const listings = LISTINGS.map(count);
  const stops = STOPS.map(count);
  const fewest = Math.ceil(projects / PAGE_SIZE) + 2 * projects + activeRuns;
  const shortest =
    Math.max(...listings.map((calls) => Math.max(0, calls - SHARE.burst) / SHARE.rate)) +
    Math.max(...stops.map((calls) => Math.max(0, calls - 10)));
  return [
    String(sum(listings)),
    String(fewest),
    (sum(listings) / fewest).toFixed(2),
    String(requests.length - sum(listings) - sum(stops)),
    String(sum(stops)),
    String(database),
    seconds.toFixed(1),
    shortest.toFixed(1),
    shortest === 0 ? '' : (seconds / shortest).toFixed(2),
  ];
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}
