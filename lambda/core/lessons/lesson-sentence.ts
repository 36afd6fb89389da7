import { formatMinutes, formatUsd, MICRO_PER_USD } from '../spend/money.ts';
import { ENOUGH, LESSON_DAYS, type Lesson, type Spread } from './lesson.ts';

/** What a rule has taught while it observed, in one sentence for the person who decides whether to enforce it. */
export function lessonSentence(lesson: Lesson): string {
  const { rule, ended, falseStops, rightStops } = lesson;
  const judged = falseStops + rightStops;
  return [
    `${rule}: ${ended} would-be ${ended === 1 ? 'stop' : 'stops'} ended in ${LESSON_DAYS} days`,
    judged === 0 ? 'none of them shows whether the stop would have been right' : rateText(lesson),
    ...asides(lesson),
  ].join('; ');
}

function rateText(lesson: Lesson): string {
  const { falseStops, rightStops, falseStopRate, savedMinutes, savedUsd } = lesson;
  const judged = falseStops + rightStops;
  const rate = falseStopRate === null ? `too few for a rate, ${ENOUGH} are needed` : percent(falseStopRate);
  const saved =
    rightStops > 0
      ? `; of the others enforcing would have saved ${formatMinutes(savedMinutes)} and ${formatUsd(savedUsd * MICRO_PER_USD)}`
      : '';
  return `${falseStops} of ${judged} false (${rate})${within(lesson)}${saved}`;
}

function within({ endedWithin, startedWithin, falseMinutes, falseUsd }: Lesson): string {
  const ended = endedWithin
    ? `; these ended within ${spread(endedWithin)} of the would-be stop and used ${formatMinutes(falseMinutes)} and ${formatUsd(falseUsd * MICRO_PER_USD)} after it`
    : '';
  return startedWithin
    ? `${ended}; those that were queued had started within ${spread(startedWithin)}`
    : ended;
}

function spread({ half, ninety, all }: Spread): string {
  return `${half} min (half), ${ninety} min (90 %) or ${all} min (all)`;
}

function asides({ cutShort, sessionsEnded, withoutMinutes }: Lesson): readonly string[] {
  return [
    cutShort > 0 && `${cutShort} stopped by somebody`,
    sessionsEnded > 0 && `${sessionsEnded} sessions closed`,
    withoutMinutes > 0 && `of ${withoutMinutes} it is not known what they used`,
  ].filter((text) => typeof text === 'string');
}

function percent(rate: number): string {
  return `${Math.round(rate * 1000) / 10} %`;
}
