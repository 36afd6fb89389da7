import pMap from 'p-map';
import { type LessonSample, sampleOf } from '../../core/lessons/lesson.ts';
import { type EndedState, watchedEnd } from '../../core/lessons/watched-end.ts';
import { isOutlived, type WatchedStop } from '../../core/lessons/watched-stop.ts';
import { wouldStopEndedRecord } from '../../core/lessons/would-stop-ended-record.ts';
import type { Job, Session } from '../../core/service.ts';
import type { ServiceError } from '../../core/service-error.ts';
import { liveState } from '../../core/stops/live-state.ts';
import type { AuditTrail, DeviceFarm, Invocation, Lessons, WatchedStops } from '../../ports.ts';
import { jobsOfStoppedRuns } from '../confirm/jobs-of-stopped-runs.ts';
import { LAST_CALL } from '../isolated.ts';
import type { Problems } from '../problems.ts';
import { readLive } from '../stop/read-live.ts';

export interface FollowWouldStopsPorts {
  readonly farm: Pick<DeviceFarm, 'job' | 'jobs' | 'session'>;
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly watchedStops: Pick<WatchedStops, 'close'>;
  readonly lessons: Pick<Lessons, 'add'>;
}

export interface FollowSettings {
  /** US dollars. */
  readonly pricePerMeteredMinute: number;
  readonly policyVersion: string;
  readonly sweepId: string;
}

/** What the sweep has listed: what is still in flight, and everything that it saw, by ARN. */
export interface Listed {
  readonly items: readonly { readonly arn: string }[];
  readonly seen: ReadonlyMap<string, Job | Session>;
}

/** Would-be stops followed at once. */
const AT_ONCE = 4;

type Followed =
  | { readonly kind: 'open' | 'outOfTime' }
  | { readonly kind: 'unreadable'; readonly arn: string; readonly error: ServiceError }
  | {
      readonly kind: 'over';
      readonly watch: WatchedStop;
      readonly sample?: LessonSample;
      /** This sweep was the first to record it. */
      readonly isNew: boolean;
    };

/**
 * Follows would-be stops to the end of their work: the audit record, then what it teaches, and the watch is closed last, so that
 * a sweep that dies in between is made good by the next one. One that fails holds up no other.
 * @returns the rules of the ends that this sweep was the first to record, one for each end
 */
export async function followWouldStops(
  ports: FollowWouldStopsPorts,
  watched: readonly WatchedStop[],
  listed: Listed,
  settings: FollowSettings,
  invocation: Invocation,
  problems: Problems,
): Promise<readonly string[]> {
  const inFlight = new Set(listed.items.map(({ arn }) => arn));
  const isLate = () => invocation.msLeft() < LAST_CALL;
  const due = watched.filter((watch) => !inFlight.has(watch.arn) || isOutlived(watch, invocation.now));
  const jobs = await jobsOfStoppedRuns(ports.farm, due, listed.seen, invocation);
  const seen = new Map([...listed.seen, ...jobs]);
  const results = await pMap(
    due,
    async (watch): Promise<Followed> =>
      isLate()
        ? { kind: 'outOfTime' }
        : problems.during<Followed>(
            `${watch.arn}: the end of what would have been stopped could not be recorded`,
            follow(ports, watch, seen.get(watch.arn), settings, invocation.now),
            { kind: 'open' },
          ),
    { concurrency: AT_ONCE },
  );
  noteTroubles(results, problems);
  const over = results.flatMap((result) => (result.kind === 'over' ? [result] : []));
  await learn(ports, over, problems);
  return over.flatMap(({ watch, isNew, sample }) => (isNew && sample ? [watch.rule] : []));
}

function noteTroubles(results: readonly Followed[], problems: Problems): void {
  for (const result of results)
    if (result.kind === 'unreadable') problems.refused(`${result.arn} could not be read`, result.error);
  if (results.some(({ kind }) => kind === 'outOfTime'))
    problems.add('no time was left to follow all would-be stops; the next sweep goes on');
}

async function follow(
  { farm, audit }: FollowWouldStopsPorts,
  watch: WatchedStop,
  seen: Job | Session | undefined,
  settings: FollowSettings,
  now: number,
): Promise<Followed> {
  const known = { ...settings, now, billing: watch.billing };
  const live = seen ? liveState(seen, known) : await readLive(farm, watch, known);
  if (live.state !== 'ended' && isOutlived(watch, now)) return { kind: 'over', watch, isNew: false };
  if (live.state === 'unreadable') return { kind: 'unreadable', arn: watch.arn, error: live.error };
  if (live.state !== 'ended') return { kind: 'open' };
  return record(audit, watch, live, settings, now);
}

async function record(
  audit: Pick<AuditTrail, 'add'>,
  watch: WatchedStop,
  live: EndedState,
  settings: FollowSettings,
  now: number,
): Promise<Followed> {
  const end = watchedEnd(watch, live, now, settings.pricePerMeteredMinute);
  await audit.add(watch.record);
  const written = await audit.add(wouldStopEndedRecord(watch, end, live, settings));
  return { kind: 'over', watch, sample: sampleOf(watch, end), isNew: written === 'written' };
}

/** Rule by rule, each of them one writing. */
async function learn(
  { lessons, watchedStops }: FollowWouldStopsPorts,
  over: readonly Extract<Followed, { kind: 'over' }>[],
  problems: Problems,
): Promise<void> {
  for (const rule of new Set(over.map(({ watch }) => watch.rule))) {
    const own = over.filter(({ watch }) => watch.rule === rule);
    const samples = own.flatMap(({ sample }) => sample ?? []);
    const keep = async () => {
      if (samples.length > 0) await lessons.add(rule, samples);
      await pMap(own, ({ watch }) => watchedStops.close(watch), { concurrency: AT_ONCE });
    };
    await problems.during(
      `what ${rule} taught could not be kept; the next sweep tries again`,
      keep(),
      undefined,
    );
  }
}
