import type { DeviceFarm, Pages } from '../device-farm/device-farm.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { AwsCallError } from '../errors.ts';
import type { Project, Reading, Run, Session } from '../model.ts';
import { plain } from '../text.ts';
import { type Deadline, HOUR, iso } from '../time.ts';
import { LIFETIME_HOURS } from '../usage/settle.ts';
import type { Invocation } from '../wiring.ts';
import type { ListingMemory, ProjectMemory } from './project-memory.ts';

/** Part of the time at the beginning after which no listing of projects, runs or sessions is begun. */
const LISTING_SHARE = 0.4;
/** Part after which nothing at all is begun: what was listed last still gets its jobs read. */
const READING_SHARE = 0.5;
/** Part in which a listing that was begun may go on: its last page may be under way. */
const GRACE_SHARE = 0.05;
/** https://docs.aws.amazon.com/devicefarm/latest/APIReference/API_GetRun.html */
const LONGEST_ARN = 1_011;
const OUT_OF_TIME = { name: 'OutOfTime', message: 'no time was left to read on', kind: 'other' } as const;

/** What inventory asks Device Farm. */
export type Reader = Pick<DeviceFarm, 'projects' | 'runs' | 'jobs' | 'sessions' | 'run' | 'session'>;

/**
 * Device Farm until the time for reading is up: one long history must not use up the time in which stops are made. `isLate`: no
 * listing of projects, runs or sessions is begun any more.
 */
export function withinTime(farm: Reader, { msLeft }: Deadline): Reader & { isLate(): boolean } {
  const whole = msLeft();
  const isPast = (share: number) => msLeft() < whole * (1 - share);
  const read = <T>(ask: () => Promise<Reading<T>>): Promise<Reading<T>> =>
    isPast(READING_SHARE) ? Promise.resolve({ state: 'unreadable', error: OUT_OF_TIME }) : ask();
  async function* until<T>(share: number, what: string, pages: Pages<T>): AsyncGenerator<readonly T[]> {
    if (isPast(share)) throw new AwsCallError(what, OUT_OF_TIME);
    for await (const page of pages) {
      yield page;
      if (isPast(share + GRACE_SHARE)) throw new AwsCallError(what, OUT_OF_TIME);
    }
  }
  return {
    isLate: () => isPast(LISTING_SHARE),
    projects: () => until(LISTING_SHARE, 'ListProjects', farm.projects()),
    runs: (arn) => until(LISTING_SHARE, `ListRuns of ${arn}`, farm.runs(arn)),
    sessions: (arn) => until(LISTING_SHARE, `ListRemoteAccessSessions of ${arn}`, farm.sessions(arn)),
    jobs: (arn) => until(READING_SHARE, `ListJobs of ${arn}`, farm.jobs(arn)),
    run: (arn) => read(() => farm.run(arn)),
    session: (arn) => read(() => farm.session(arn)),
  };
}

/** Whether a read broke off because time was up, not because the service failed. */
export function isOutOfTime(error: unknown): boolean {
  return error instanceof AwsCallError && error.error.name === OUT_OF_TIME.name;
}

/** One project to read. */
export interface ProjectTask {
  readonly project: Project;
  readonly memory: ProjectMemory;
  /** How far back figures need its listings. */
  readonly from: number;
  /** It is no longer listed: its work is asked for item by item. */
  readonly isDeleted?: boolean;
}

/** What was read of one listing. */
export interface Listed<T> {
  readonly items: readonly T[];
  /** Everything created at or after `from` is among the items or in the ledger. */
  readonly complete: boolean;
  readonly from: number;
  /** Its last page was empty: the end of the listing, or a reply that held nothing. Nobody can tell. */
  readonly endsEmpty?: boolean;
  /** It is not newest first, now or earlier. */
  readonly unordered: boolean;
  /** It broke off because time was up. */
  readonly outOfTime?: boolean;
  /** When time was last up before it had been read as far back as figures need it. */
  readonly brokeOffAt?: number;
}

/**
 * Reads a listing back to its watermark, or to `from` if the watermark does not answer for all since then. ListRuns has no
 * documented order: users observe newest first. So paging stops early only while everything seen was newest first, and
 * once it was not, this listing is always read in full.
 */
export async function readListing<T extends Run | Session>(
  pages: Pages<T>,
  what: 'runs' | 'sessions',
  { project, memory: { [what]: memory }, from: wanted }: ProjectTask,
  { now, diagnostics }: Pick<Invocation, 'now' | 'diagnostics'>,
): Promise<Listed<T>> {
  const from = farthest(memory, wanted, now);
  const covered = coverage(memory, from);
  const mark = covered?.through ?? from;
  const items = new Map<string, T>();
  const order = new Order();
  let endsEmpty = true;
  const listed = () => ({
    items: identified([...items.values()], what, project, diagnostics),
    endsEmpty,
    unordered: memory.unordered === true || !order.isNewestFirst,
  });
  const about = `project "${plain(project.name)}": its ${what}`;
  try {
    for await (const page of pages) {
      for (const item of page) items.set(item.arn, item);
      endsEmpty = page.length === 0;
      order.add(page.map(({ created }) => created));
      if (!memory.unordered && order.isBelow(mark)) break;
    }
    return { ...listed(), complete: true, from, ...(from > wanted && { brokeOffAt: memory.brokeOffAt }) };
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    const outOfTime = isOutOfTime(error);
    const brokeOffAt = outOfTime && !covered ? now : memory.brokeOffAt;
    const proven = outOfTime && !covered && !memory.unordered ? order.oldest : undefined;
    if (proven === undefined) {
      // What time does not allow is reported for all projects together.
      if (!outOfTime)
        diagnostics.refused(`${about} could not be listed in full`, error.error, { hides: true });
      return { ...listed(), complete: false, from, outOfTime, brokeOffAt };
    }
    // Newest first all along, it was read in full down to its oldest item.
    const hides = proven >= Math.max(memory.settled?.through ?? 0, now - LIFETIME_HOURS * HOUR);
    diagnostics.refused(`${about} could be read back to ${iso(proven)} only`, error.error, { hides });
    return { ...listed(), complete: true, from: proven + 1, brokeOffAt };
  }
}

/** The watermark, if it answers for all that it has passed since `from`. */
export function coverage({ settled }: ListingMemory, from: number): ListingMemory['settled'] {
  return settled && settled.from <= from && from <= settled.through ? settled : undefined;
}

/**
 * How far back a listing is read. A history that is longer than a sweep can read is tried in full once an hour; in between its
 * watermark answers as far back as it was read. What may still be in flight is always read.
 */
function farthest({ settled, brokeOffAt = 0 }: ListingMemory, wanted: number, now: number): number {
  if (!settled || now - brokeOffAt >= HOUR) return wanted;
  return Math.max(wanted, Math.min(settled.from, now - LIFETIME_HOURS * HOUR));
}

/**
 * Work without an ARN, or with one that is longer than ARNs are, can be neither stopped, nor remembered, nor counted once: it is
 * reported and left out.
 */
export function identified<T extends { readonly arn: string }>(
  items: readonly T[],
  what: string,
  { name }: Project,
  diagnostics: Diagnostics,
): readonly T[] {
  // Memories are objects by ARN, in which every object's own members, such as toString, would be found.
  const known = items.filter(
    ({ arn }) => arn !== '' && arn.length <= LONGEST_ARN && !(arn in Object.prototype),
  );
  if (known.length < items.length)
    diagnostics.hidden(`project "${plain(name)}": some of its ${what} have no usable ARN and are left out`);
  return known;
}

/** The order of a listing. An item without a creation time says nothing of it. */
export class Order {
  #oldest: number | undefined;
  isNewestFirst = true;

  add(created: readonly (number | undefined)[]): void {
    for (const at of created) {
      if (at === undefined) continue;
      if (this.#oldest !== undefined && at > this.#oldest) this.isNewestFirst = false;
      this.#oldest = at;
    }
  }

  /** Creation of the oldest item so far; absent unless they were newest first. */
  get oldest(): number | undefined {
    return this.isNewestFirst ? this.#oldest : undefined;
  }

  /** Nothing further down can be as new as `mark`. */
  isBelow(mark: number): boolean {
    return this.oldest !== undefined && this.oldest < mark;
  }
}
