import { coverage } from './charging.ts';
import type { ProjectMemory } from './project-memory.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Whether the listings of a project are to be read in full, down to `from`, and compared with the ledger: once a day, since no
 * order of listings is documented, and whenever the memory does not answer for the time since `from`. A project that went
 * unread in the last sweep is read first and only as far as needed; its scan is due in the next one. `now` is epoch
 * milliseconds.
 */
export function isScanDue(memory: ProjectMemory, from: number, now: number): boolean {
  if (!covers(memory, from)) return !isSpared(memory, from, now);
  if (memory.cutOff || wasCutLately(memory, now)) return false;
  return memory.scannedAt === undefined || memory.scannedAt < lastMoment(memory.projectArn, now);
}

/**
 * Whether a project whose history is longer than a sweep can read is read only as far as it is settled: so it leaves time to
 * others. Once an hour, each at its own moment and so without the others, such projects are tried in full again.
 */
export function isSpared(memory: ProjectMemory, from: number, now: number): boolean {
  const { runs, sessions } = memory;
  return !covers(memory, from) && !!runs.settled && !!sessions.settled && wasCutLately(memory, now);
}

function wasCutLately({ cutAt, projectArn }: ProjectMemory, now: number): boolean {
  return cutAt !== undefined && cutAt >= lastMoment(projectArn, now, HOUR);
}

function covers({ runs, sessions }: ProjectMemory, from: number): boolean {
  return coverage(runs, from) !== undefined && coverage(sessions, from) !== undefined;
}

/** The moment of the UTC day at which a project is scanned, in milliseconds: many projects are spread over the day. */
export function scanMoment(projectArn: string): number {
  return Math.floor((fnv1a(projectArn) / 2 ** 32) * DAY);
}

/** The last time that a day, or another period, came to the project's moment in it. */
function lastMoment(projectArn: string, now: number, period = DAY): number {
  const moment = scanMoment(projectArn) % period;
  return Math.floor((now - moment) / period) * period + moment;
}

/** The 32-bit FNV-1a hash (https://datatracker.ietf.org/doc/html/draft-eastlake-fnv), mixed so that its high bits vary too. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
