import type { RunOrder } from './options.ts';
import { seededRandom } from './random.ts';

interface Dated {
  readonly key: number;
  readonly createdAt: number;
}

interface Sorted {
  readonly length: number;
  readonly order: RunOrder;
  readonly entries: readonly Dated[];
}

const cache = new WeakMap<readonly Dated[], Sorted>();

/** The entries in that order. Sorted once per length, since entries are only ever added; do not change the result. */
export function inOrder<T extends Dated>(entries: readonly T[], order: RunOrder): readonly T[];
export function inOrder(entries: readonly Dated[], order: RunOrder): readonly Dated[] {
  const known = cache.get(entries);
  if (known?.length === entries.length && known.order === order) return known.entries;
  const sorted = sort(entries, order);
  cache.set(entries, { length: entries.length, order, entries: sorted });
  return sorted;
}

function sort(entries: readonly Dated[], order: RunOrder): readonly Dated[] {
  // By the entry alone: one that is added later moves no other.
  const place = ({ key }: Dated) => seededRandom(key)();
  if (order === 'shuffled') return [...entries].sort((a, b) => place(a) - place(b) || a.key - b.key);
  const newestFirst = [...entries].sort((a, b) => b.createdAt - a.createdAt || b.key - a.key);
  return order === 'newest-first' ? newestFirst : newestFirst.reverse();
}
