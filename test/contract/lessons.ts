import { describe, expect, it } from 'vitest';
import { LESSON_DAYS, type LessonSample } from '../../lambda/core/lessons/lesson.ts';
import type { Lessons } from '../../lambda/ports.ts';

export interface LessonsAtTime {
  readonly lessons: Lessons;
  /** Another process on the same lessons. */
  readonly other: Lessons;
  now(): number;
  pass(minutes: number): Promise<void> | void;
}

/** What every memory of lessons does. `make` gives an empty one. */
export function lessonsContract(name: string, make: () => Promise<LessonsAtTime>): void {
  const sample = (work: string, endedAt: number): LessonSample => ({
    work,
    ruleVersion: 'v1',
    verdict: 'falseStop',
    endedAt,
    minutes: 3,
    metered: 3,
    money: 510_000,
  });

  describe(`${name}, as a memory of lessons`, () => {
    it('knows nothing at first', async () => {
      const { lessons } = await make();

      expect((await lessons.all()).size).toBe(0);
    });

    it('keeps rules apart, also when the name of one begins with that of another', async () => {
      const { lessons, now } = await make();
      await lessons.add('long', [sample('a', now())]);
      await lessons.add('long-jobs', [sample('b', now())]);
      await lessons.add('long', [sample('c', now())]);

      expect(await lessons.all()).toEqual(
        new Map([
          ['long', [sample('a', now()), sample('c', now())]],
          ['long-jobs', [sample('b', now())]],
        ]),
      );
    });

    it('keeps what it learnt first of the same work', async () => {
      const { lessons, now } = await make();
      await lessons.add('long', [sample('a', now())]);
      await lessons.add('long', [{ ...sample('a', now()), minutes: 9 }]);

      expect((await lessons.all()).get('long')).toEqual([sample('a', now())]);
    });

    it('loses nothing of two writers at once', async () => {
      const { lessons, other, now } = await make();
      await Promise.all([
        lessons.add('long', [sample('a', now())]),
        other.add('long', [sample('b', now())]),
        other.add('long', [sample('c', now())]),
      ]);

      expect((await lessons.all()).get('long')?.map(({ work }) => work)).toEqual(['a', 'b', 'c']);
    });

    it('drops what is too old when it learns something new', async () => {
      const { lessons, now, pass } = await make();
      await lessons.add('long', [sample('a', now())]);
      await pass(LESSON_DAYS * 24 * 60 + 1);
      await lessons.add('long', [sample('b', now())]);

      expect((await lessons.all()).get('long')).toEqual([sample('b', now())]);
    });
  });
}
