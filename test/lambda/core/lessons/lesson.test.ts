import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ENOUGH,
  LESSON_DAYS,
  LESSON_SIZE,
  type LessonSample,
  lessonOf,
  mergeLesson,
  sampleOf,
} from '../../../../lambda/core/lessons/lesson.ts';
import type { WatchedEnd } from '../../../../lambda/core/lessons/watched-end.ts';
import { watchedStop } from '../../../../lambda/core/lessons/watched-stop.ts';
import { hour, jobArn, now } from '../samples.ts';

const DAY = 24 * hour;

function sample(facts: Partial<LessonSample> = {}): LessonSample {
  return { work: 'a', verdict: 'falseStop', endedAt: now, minutes: 3, metered: 3, money: 510_000, ...facts };
}

const samples = (count: number, facts: Partial<LessonSample> = {}) =>
  Array.from({ length: count }, (_, index) => sample({ work: `${facts.verdict}-${index}`, ...facts }));

const anySample: fc.Arbitrary<LessonSample> = fc.record({
  work: fc.nat(30).map((id) => `work-${id}`),
  verdict: fc.constantFrom('falseStop', 'rightStop', 'cutShort', 'sessionEnded'),
  endedAt: fc.integer({ min: now - 40 * DAY, max: now }),
  minutes: fc.integer({ min: 0, max: 20_000 }).map((hundredths) => hundredths / 100),
  metered: fc.integer({ min: 0, max: 20_000 }).map((hundredths) => hundredths / 100),
  money: fc.nat(30_000_000),
});
const anySamples = fc.array(anySample, { maxLength: 60 });

describe('lessonOf', () => {
  it('keeps false stops, right stops, those cut short and sessions apart', () => {
    const all = [
      ...samples(3),
      ...samples(2, { verdict: 'rightStop', metered: 85, money: 14_450_000 }),
      ...samples(1, { verdict: 'cutShort' }),
      ...samples(1, { verdict: 'sessionEnded' }),
    ];

    expect(lessonOf('long-jobs', all, now)).toEqual({
      rule: 'long-jobs',
      ended: 7,
      falseStops: 3,
      rightStops: 2,
      cutShort: 1,
      sessionsEnded: 1,
      falseStopRate: 0.6,
      endedWithin: { half: 3, ninety: 3, all: 3 },
      startedWithin: null,
      savedMinutes: 170,
      savedUsd: 28.9,
      falseMinutes: 9,
      falseUsd: 1.53,
      withoutMinutes: 0,
    });
  });

  it.each([
    [ENOUGH - 1, null],
    [ENOUGH, 1],
  ])('of %s judged ones gives the rate %s', (count, rate) => {
    const all = [...samples(count), ...samples(9, { verdict: 'cutShort' })];

    expect(lessonOf('r', all, now).falseStopRate).toBe(rate);
  });

  it('says within how many minutes half, nine in ten and all were through', () => {
    const all = [9.01, 1, 8, 2, 7, 3, 6, 4, 5, 30].map((minutes, index) =>
      sample({ work: `${index}`, minutes }),
    );

    expect(lessonOf('r', all, now).endedWithin).toEqual({ half: 5, ninety: 9.1, all: 30 });
  });

  it('says the same of the start, of those that had not started', () => {
    const all = [
      sample({ work: 'a', minutesToStart: 0 }),
      sample({ work: 'b', minutesToStart: 4 }),
      sample({ work: 'c' }),
    ];

    expect(lessonOf('r', all, now).startedWithin).toEqual({ half: 0, ninety: 4, all: 4 });
  });

  it.each([
    [LESSON_DAYS * DAY, 1],
    [LESSON_DAYS * DAY + 1, 0],
  ])('of work that ended %s ms ago counts %s', (ago, ended) => {
    expect(lessonOf('r', [sample({ endedAt: now - ago })], now).ended).toBe(ended);
  });

  it('counts apart what nobody can tell the use of', () => {
    const all = [sample({ metered: undefined, money: undefined }), sample({ work: 'b' })];

    expect(lessonOf('r', all, now)).toMatchObject({ withoutMinutes: 1, falseMinutes: 3, falseUsd: 0.51 });
  });

  it('adds up, whatever has ended and in whatever order', () => {
    fc.assert(
      fc.property(anySamples, (all) => {
        const lesson = lessonOf('r', all, now);
        const { ended, falseStops, rightStops, cutShort, sessionsEnded, falseStopRate } = lesson;

        expect(falseStops + rightStops + cutShort + sessionsEnded).toBe(ended);
        expect(falseStopRate ?? 0).toBeGreaterThanOrEqual(0);
        expect(falseStopRate ?? 1).toBeLessThanOrEqual(1);
        expect(lessonOf('r', all.toReversed(), now)).toEqual(lesson);
      }),
    );
  });

  it('promises no minutes within which fewer were through', () => {
    fc.assert(
      fc.property(anySamples, (all) => {
        const wrong = all.filter(
          (one) => one.verdict === 'falseStop' && now - one.endedAt <= LESSON_DAYS * DAY,
        );
        const { endedWithin } = lessonOf('r', all, now);
        const through = (limit = 0) =>
          wrong.filter(({ minutes }) => minutes <= limit).length / (wrong.length || 1);

        expect(endedWithin === null).toBe(wrong.length === 0);
        if (endedWithin === null) return;
        expect(through(endedWithin.half)).toBeGreaterThanOrEqual(0.5);
        expect(through(endedWithin.ninety)).toBeGreaterThanOrEqual(0.9);
        expect(through(endedWithin.all)).toBe(1);
      }),
    );
  });
});

describe('mergeLesson', () => {
  it('keeps the last ones only', () => {
    const known = Array.from({ length: LESSON_SIZE }, (_, index) =>
      sample({ work: `${index}`, endedAt: now - index }),
    );

    const merged = mergeLesson(known, [sample({ work: 'new', endedAt: now + 1 })], now + 1);

    expect(merged).toHaveLength(LESSON_SIZE);
    expect(merged.at(-1)?.work).toBe('new');
    expect(merged.map(({ work }) => work)).not.toContain(`${LESSON_SIZE - 1}`);
  });

  it('counts work once, as it was learnt first, however often and in whatever order it is learnt', () => {
    fc.assert(
      fc.property(anySamples, anySamples, (one, other) => {
        const known = mergeLesson([], one, now);
        const merged = mergeLesson(known, other, now);

        expect(new Set(merged.map(({ work }) => work)).size).toBe(merged.length);
        expect(merged).toEqual(expect.arrayContaining([...known]));
        expect(mergeLesson(merged, [...other, ...one], now)).toEqual(merged);
      }),
    );
  });
});

describe('sampleOf', () => {
  const record = {
    subject: jobArn(),
    id: 'WouldStop#r',
    event: 'WouldStop',
    actor: 'schedule',
    rule: 'r',
    reason: 'ran 65 min',
    mode: 'observe',
    policyVersion: 'p',
    details: { ruleVersion: 'v' },
  } as const;
  const watch = watchedStop(record, { kind: 'job', only: 'any' }, undefined, now - hour);
  const end: WatchedEnd = { verdict: 'falseStop', timedOut: false, endedAt: now, minutes: 60 };

  it('keeps what the figures need', () => {
    const after = { metered: 2, money: 340_000, basis: 'clock' } as const;

    expect(sampleOf(watch, { ...end, minutesToStart: 3, after })).toEqual({
      work: jobArn(),
      ruleVersion: 'v',
      verdict: 'falseStop',
      endedAt: now,
      minutes: 60,
      minutesToStart: 3,
      metered: 2,
      money: 340_000,
    });
  });

  it('is none when nothing can be said', () => {
    expect(sampleOf(watch, { ...end, verdict: 'unknown' })).toBeUndefined();
  });
});
