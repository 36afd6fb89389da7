import type { Lesson } from '../../core/lessons/lesson.ts';
import { lessonsOf } from '../../core/lessons/lessons-of.ts';
import type { WatchedStop } from '../../core/lessons/watched-stop.ts';
import type { Invocation, Lessons } from '../../ports.ts';
import type { Problems } from '../problems.ts';
import type { SweepContext } from '../sweep-context.ts';
import { type FollowWouldStopsPorts, followWouldStops, type Listed } from './follow-would-stops.ts';

export type LearnFromWouldStopsPorts = FollowWouldStopsPorts & { readonly lessons: Lessons };

/** What observing has taught up to this sweep. */
export interface Learnt {
  /** Rules whose would-be stops have ended since the last sweep, once for each of them. */
  readonly newEnds: readonly string[];
  readonly lessons: readonly Lesson[];
}

/** Follows the would-be stops that are open, and says what all of them have taught. */
export async function learnFromWouldStops(
  ports: LearnFromWouldStopsPorts,
  watched: readonly WatchedStop[],
  listed: Listed,
  { policy, policyVersion, sweepId }: SweepContext,
  invocation: Invocation,
  problems: Problems,
): Promise<Learnt> {
  const { pricePerMeteredMinute } = policy;
  const settings = { pricePerMeteredMinute, policyVersion, sweepId };
  const newEnds = await followWouldStops(ports, watched, listed, settings, invocation, problems);
  const samples = await problems.during(
    'what would-be stops have taught could not be read',
    ports.lessons.all(),
    new Map(),
  );
  return { newEnds, lessons: lessonsOf(samples, policy, invocation.now) };
}
