import { parseArn } from '../lambda/core/arn.ts';
import type { RequestRecord } from '../emulator/request-log.ts';

/** A call that stops work. */
export function isStop({ operation }: RequestRecord): boolean {
  return ['StopJob', 'StopRemoteAccessSession', 'StopRun'].includes(operation);
}

/** Reads that follow stops of earlier sweeps to their end. */
export function confirmingReads(requests: readonly RequestRecord[], activeRuns: number): number {
  const listings = requests.filter(({ operation }) => operation === 'ListJobs').length;
  return confirmingGets(requests) + listings - activeRuns - rereadListings(requests);
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
export function isJobOfStoppedRun(
  { operation, input }: RequestRecord,
  requests: readonly RequestRecord[],
): boolean {
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

/**
 * Seconds that a sweep takes at least under the rates of the service. Each operation has a rate of its own. Listings that
 * come between the stops cost no time of their own.
 */
export function limitSecondsOf(count: (...operations: string[]) => number, activeRuns: number): number {
  const listings = [count('ListProjects'), count('ListRuns'), count('ListRemoteAccessSessions'), activeRuns];
  const stops = ['StopJob', 'StopRemoteAccessSession', 'StopRun'].map((name) => count(name));
  return (
    Math.max(...listings.map((calls) => Math.max(0, calls - 50) / 10)) +
    Math.max(...stops.map((calls) => Math.max(0, calls - 10)))
  );
}
