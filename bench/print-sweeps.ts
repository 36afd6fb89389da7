import type { MeasuredSweep } from './measure-sweep.ts';
import { printTable } from './print-table.ts';

/** Prints the calls of the sweeps against the fewest possible. `fleet` says in words what was swept. */
export function printCalls(fleet: string, sweeps: readonly MeasuredSweep[]): void {
  printTable(`Device Farm calls of a sweep: ${fleet}`, [
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
  ]);
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
}

/** Prints how long the sweeps waited against the shortest that the service allows. */
export function printTimes(sweeps: readonly MeasuredSweep[]): void {
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
