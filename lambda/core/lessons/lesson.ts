import { MICRO_PER_USD } from '../spend/money.ts';
import type { WatchedEnd } from './watched-end.ts';
import type { WatchedStop } from './watched-stop.ts';

/** Days that a would-be stop teaches something after its work has ended. */
export const LESSON_DAYS = 30;
/** Would-be stops that are remembered of one rule. */
export const LESSON_SIZE = 200;
/** Would-be stops that must have proved false or right before there is a rate. */
export const ENOUGH = 5;

/** What one would-be stop taught. */
export interface LessonSample {
  /** ARN of the work. */
  readonly work: string;
  /** The rule as it stood, by `ruleVersion`; absent for messages of AWS. */
  readonly ruleVersion?: string;
  readonly verdict: 'falseStop' | 'rightStop' | 'cutShort' | 'sessionEnded';
  /** Epoch milliseconds. */
  readonly endedAt: number;
  /** Minutes by the wall clock from the would-be stop to the end. */
  readonly minutes: number;
  /** The same to the start, where it had not started. */
  readonly minutesToStart?: number;
  /** Metered device minutes that it used after the would-be stop, and their micro-dollars; absent: not known. */
  readonly metered?: number;
  readonly money?: number;
}

/** Minutes within which half, nine in ten and all of some work were through; rounded up to a tenth. */
export interface Spread {
  readonly half: number;
  readonly ninety: number;
  readonly all: number;
}

/** What the would-be stops of one rule teach whose work has ended in the last `LESSON_DAYS` days. */
export interface Lesson {
  readonly rule: string;
  readonly ended: number;
  /** Ended as passed: the stop would have killed it. */
  readonly falseStops: number;
  /** Failed or ran into its timeout: the stop would have saved the rest. */
  readonly rightStops: number;
  /** Stopped by somebody: in neither figure. */
  readonly cutShort: number;
  /** Sessions that were closed: in neither figure. */
  readonly sessionsEnded: number;
  /** `falseStops` of `falseStops` and `rightStops`, from 0 to 1; `null`: too few to tell. */
  readonly falseStopRate: number | null;
  /** Minutes after the would-be stop within which the false stops had ended; `null`: there is none. */
  readonly endedWithin: Spread | null;
  /** The same until they had started, of those that had not; `null`: there is none. */
  readonly startedWithin: Spread | null;
  /** Metered device minutes and US dollars that the right stops used after it: what enforcing would have saved. */
  readonly savedMinutes: number;
  readonly savedUsd: number;
  /** The same of the false stops: what enforcing would have cut off. */
  readonly falseMinutes: number;
  readonly falseUsd: number;
  /** False and right stops of which nobody can tell what they used after it; they add nothing to these figures. */
  readonly withoutMinutes: number;
}

/** The sample of an end; `undefined` when nothing is learnt from it. */
export function sampleOf(watch: WatchedStop, end: WatchedEnd): LessonSample | undefined {
  const { verdict, endedAt, minutes, minutesToStart, after } = end;
  if (verdict === 'unknown') return undefined;
  return {
    work: watch.arn,
    ...(watch.ruleVersion !== undefined && { ruleVersion: watch.ruleVersion }),
    verdict,
    endedAt,
    minutes,
    ...(minutesToStart !== undefined && { minutesToStart }),
    ...(after && { metered: after.metered, money: after.money }),
  };
}

/** The last samples of both; work counts once, so that learning it again changes nothing. `now` is epoch milliseconds. */
export function mergeLesson(
  known: readonly LessonSample[],
  added: readonly LessonSample[],
  now: number,
): readonly LessonSample[] {
  const once = new Map([...known, ...added].reverse().map((sample) => [sample.work, sample]));
  return [...once.values()]
    .filter((sample) => isRecent(sample, now))
    .sort((a, b) => a.endedAt - b.endedAt || (a.work < b.work ? -1 : 1))
    .slice(-LESSON_SIZE);
}

/** @param samples of the rule as it stands */
export function lessonOf(rule: string, samples: readonly LessonSample[], now: number): Lesson {
  const recent = samples.filter((sample) => isRecent(sample, now));
  const of = (verdict: LessonSample['verdict']) => recent.filter((sample) => sample.verdict === verdict);
  const [wrong, right] = [of('falseStop'), of('rightStop')];
  const judged = [...wrong, ...right];
  return {
    rule,
    ended: recent.length,
    falseStops: wrong.length,
    rightStops: right.length,
    cutShort: of('cutShort').length,
    sessionsEnded: of('sessionEnded').length,
    falseStopRate: judged.length < ENOUGH ? null : Math.round((wrong.length / judged.length) * 1000) / 1000,
    endedWithin: spreadOf(wrong.map(({ minutes }) => minutes)),
    startedWithin: spreadOf(wrong.flatMap(({ minutesToStart }) => minutesToStart ?? [])),
    savedMinutes: minutesOf(right),
    savedUsd: usdOf(right),
    falseMinutes: minutesOf(wrong),
    falseUsd: usdOf(wrong),
    withoutMinutes: judged.filter(({ metered }) => metered === undefined).length,
  };
}

function isRecent({ endedAt }: LessonSample, now: number): boolean {
  return now - endedAt <= LESSON_DAYS * 86_400_000;
}

/** By nearest rank: so many really were through within that time. */
function spreadOf(minutes: readonly number[]): Spread | null {
  const sorted = minutes.toSorted((a, b) => a - b);
  const within = (percent: number): number =>
    Math.ceil((sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0) * 10) / 10;
  return sorted.length === 0 ? null : { half: within(50), ninety: within(90), all: within(100) };
}

/** In hundredths, which add up exactly whatever their order. */
function minutesOf(samples: readonly LessonSample[]): number {
  return samples.reduce((sum, { metered = 0 }) => sum + Math.round(metered * 100), 0) / 100;
}

function usdOf(samples: readonly LessonSample[]): number {
  return samples.reduce((sum, { money = 0 }) => sum + money, 0) / MICRO_PER_USD;
}
