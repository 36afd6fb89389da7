import { LESSON_DAYS, type LessonSample, mergeLesson } from '../../core/lessons/lesson.ts';
import type { Lessons } from '../../ports.ts';
import type { Table } from '../table.ts';
import { VersionedItem } from './versioned-item.ts';

const PARTITION = 'lesson';

/**
 * What would-be stops taught, in the state table: one item for each rule. Writers at once lose nothing of each other's.
 * @param clock epoch milliseconds, for expiry and for what is too old to teach
 */
export function lessons(table: Table, clock: () => number): Lessons {
  return {
    async all() {
      const items = await table.query({ key: ['pk', PARTITION] });
      return new Map(items.map(({ sk, held }) => [String(sk), toSamples(held)]));
    },
    async add(rule, samples) {
      const now = clock();
      const expires = Math.floor(now / 1000) + (LESSON_DAYS + 1) * 86_400;
      const item = new VersionedItem(table, PARTITION, { sortKey: rule, expires });
      await item.change((held) => mergeLesson(toSamples(held), samples, now));
    },
  };
}

/** What another version wrote teaches nothing. */
function toSamples(held: unknown): readonly LessonSample[] {
  return Array.isArray(held) ? held.filter(isSample) : [];
}

const VERDICTS = ['falseStop', 'rightStop', 'cutShort', 'sessionEnded'];

function isSample(value: unknown): value is LessonSample {
  if (typeof value !== 'object' || value === null) return false;
  const { work, verdict, endedAt, minutes }: Partial<Record<keyof LessonSample, unknown>> = value;
  return (
    typeof work === 'string' &&
    VERDICTS.includes(String(verdict)) &&
    typeof endedAt === 'number' &&
    typeof minutes === 'number'
  );
}
