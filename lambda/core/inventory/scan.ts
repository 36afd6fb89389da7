import { coverage } from './charging.ts';
import type { ProjectMemory } from './project-memory.ts';

const DAY = 86_400_000;

/**
 * Whether the listings of a project are to be read in full, down to `from`, and compared with the ledger: once a day, since no
 * order of listings is documented, and whenever the memory does not answer for the time since `from`. A project that went
 * unread in the last sweep is read first and only as far as needed; its scan is due in the next one. `now` is epoch
 * milliseconds.
 */
export function isScanDue(memory: ProjectMemory, from: number, now: number): boolean {
  if (!coverage(memory.runs, from) || !coverage(memory.sessions, from)) return true;
  if (memory.cutOff) return false;
  return memory.scannedAt === undefined || memory.scannedAt < lastMoment(memory.projectArn, now);
}

/** The moment of the UTC day at which a project is scanned, in milliseconds: many projects are spread over the day. */
export function scanMoment(projectArn: string): number {
  return Math.floor((fnv1a(projectArn) / 2 ** 32) * DAY);
}

function lastMoment(projectArn: string, now: number): number {
  const moment = scanMoment(projectArn);
  return Math.floor((now - moment) / DAY) * DAY + moment;
}

/** The 32-bit FNV-1a hash (https://datatracker.ietf.org/doc/html/draft-eastlake-fnv), mixed so that its high bits vary too. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
