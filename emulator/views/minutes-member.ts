import type { Course } from '../course.ts';
import type { JsonObject } from '../json.ts';
import { type Minutes, minutesUsed, noMinutes, roundMinutes } from '../minutes.ts';
import type { Options } from '../options.ts';
import type { WorkRecord } from '../records.ts';
import { minutesToMs } from '../wire-time.ts';

/** Whether the final minutes of a job or session can be read at that moment. */
export function isSettled(course: Course, options: Options, now: number): boolean {
  return now >= course.completedAt + minutesToMs(options.settleMinutes);
}

/** The `deviceMinutes` of a job or session, two decimals; undefined where the member is absent. */
export function minutesMember(
  work: WorkRecord,
  course: Course,
  options: Options,
  now: number,
): Minutes | undefined {
  const used = () => roundMinutes(minutesUsed(course, work.tariff, now));
  if (isSettled(course, options, now)) return used();
  if (options.counters === 'live') return course.preparingAt <= now ? used() : undefined;
  return course.startedAt <= now ? noMinutes : undefined;
}

export const minutesItem = (minutes: Minutes | undefined): JsonObject | undefined =>
  minutes === undefined ? undefined : { ...minutes };
