import type { Project } from '../model.ts';
import type { ItemKind } from '../store/state.ts';
import { isRecord } from '../text.ts';
import { DAY, MINUTE } from '../time.ts';

/** Days after its newest run or session during which a project is read in every sweep. */
const RECENT_DAYS = 7;
/** Milliseconds in which every project is read at least once. */
const ROUND = 30 * MINUTE;
/** Projects that every sweep reads if there are so many: their calls fit into the burst that AutoStop may take. */
const ALWAYS = 25;

/** When the projects of the account were last read. */
export interface Rotation {
  /** The last two sweeps, the older one first. */
  readonly sweeps: readonly number[];
  /** By project ARN. */
  readonly projects: Readonly<
    Record<
      string,
      {
        readonly name: string;
        /** When it was last asked for, whatever came of it. */
        readonly askedAt: number;
        /** When it was last read completely. */
        readonly readAt?: number;
        /** Creation of the newest run or session that was seen in it. */
        readonly newestAt?: number;
      }
    >
  >;
}

/** One item for all projects. */
export const ROTATION: ItemKind<Rotation> = {
  prefix: 'rotation',
  days: 100,
  parse: (value) => (isRotation(value) ? value : undefined),
};
export const ROTATION_ID = 'projects';
export const NO_ROTATION: Rotation = { sweeps: [], projects: {} };

/**
 * The projects that this sweep reads, in that order: those that were never asked for or have work in flight; those that had work
 * in the last 7 days or were not read for 30 minutes; then as many of the others as it takes to read each of them once in
 * 30 minutes. Of each group the longest unread come first.
 */
export function dueProjects(
  projects: readonly Project[],
  rotation: Rotation,
  hasWork: (projectArn: string) => boolean,
  now: number,
): readonly Project[] {
  const askedAt = ({ arn }: Project) => rotation.projects[arn]?.askedAt ?? 0;
  const isUrgent = (project: Project) => Number(hasWork(project.arn) || askedAt(project) === 0);
  const inOrder = projects.toSorted((a, b) => isUrgent(b) - isUrgent(a) || askedAt(a) - askedAt(b));
  const isDue = ({ arn }: Project) => dueSince(rotation.projects[arn], hasWork(arn), now) <= now;
  const due = inOrder.filter(isDue);
  const others = inOrder.filter((project) => !isDue(project));
  const interval = Math.max(0, now - (rotation.sweeps.at(-1) ?? 0));
  const share = Math.ceil(others.length * Math.min(1, interval / ROUND));
  return [...due, ...others.slice(0, Math.max(share, ALWAYS - due.length))];
}

/**
 * Whether a project that this sweep did not read hides something: it was never read, has work in flight, or has been due
 * for three sweeps.
 */
export function isMissed(project: Project, rotation: Rotation, hasWork: boolean, now: number): boolean {
  const last = rotation.projects[project.arn];
  if (last?.readAt === undefined || hasWork) return true;
  const lastButOne = rotation.sweeps.at(-2);
  return lastButOne !== undefined && dueSince(last, hasWork, now) < lastButOne;
}

/** From when on a project is to be read in the next sweep. */
function dueSince(last: Rotation['projects'][string] | undefined, hasWork: boolean, now: number): number {
  if (last?.readAt === undefined) return 0;
  const isRecent = hasWork || (last.newestAt ?? 0) >= now - RECENT_DAYS * DAY;
  return isRecent ? last.readAt : last.readAt + ROUND;
}

function isRotation(value: unknown): value is Rotation {
  return (
    isRecord(value) &&
    Array.isArray(value.sweeps) &&
    value.sweeps.every(Number.isFinite) &&
    isRecord(value.projects) &&
    Object.values(value.projects).every(
      (last) =>
        isRecord(last) &&
        typeof last.name === 'string' &&
        Number.isFinite(last.askedAt) &&
        (last.readAt === undefined || Number.isFinite(last.readAt)) &&
        (last.newestAt === undefined || Number.isFinite(last.newestAt)),
    )
  );
}
