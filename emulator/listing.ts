import type { Options, RunOrder } from './options.ts';
import { argumentError } from './protocol.ts';
import { seededRandom } from './random.ts';
import type { AnyRecord } from './records.ts';

interface Keyed {
  readonly key: number;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/** A listing: all entries in its order, and which of them it shows. */
interface Paged<T> {
  readonly entries: readonly T[];
  readonly isShown: (entry: T) => boolean;
  /** What a token belongs to. */
  readonly scope: string;
  readonly size: number;
}

/**
 * The page after `token`. A token means "after this entry" and belongs to one listing (`scope`), so that entries which
 * appear or leave in the meantime neither repeat nor hide others. Throws ArgumentException for any other token.
 */
export function pageOf<T extends Keyed>(
  { entries, isShown, scope, size }: Paged<T>,
  token?: string,
): Page<T> {
  const from = token === undefined ? 0 : indexAfter(entries, keyFrom(token, scope), token);
  const items: T[] = [];
  for (let index = from; index < entries.length; index += 1) {
    const entry = entries[index];
    if (entry === undefined || !isShown(entry)) continue;
    const last = items.at(-1);
    if (items.length === size && last) return { items, nextToken: tokenFor(scope, last.key) };
    items.push(entry);
  }
  return { items };
}

function indexAfter(entries: readonly Keyed[], key: number, token: string): number {
  const index = entries.findIndex((entry) => entry.key === key);
  if (index === -1) throw badToken(token);
  return index + 1;
}

const tokenFor = (scope: string, key: number) => Buffer.from(`${key} ${scope}`).toString('base64url');

function keyFrom(token: string, scope: string): number {
  const [key, ...rest] = Buffer.from(token, 'base64url').toString().split(' ');
  if (rest.join(' ') !== scope) throw badToken(token);
  return Number(key);
}

const badToken = (token: string) => argumentError(`Invalid nextToken ${token}`);

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

const dayMs = 86_400_000;

/** Whether a record exists at that moment: it has been created, and its results are still kept (projects: for good). */
export function isPresent(
  record: AnyRecord,
  at: { readonly now: number; readonly options: Options },
): boolean {
  if (record.kind === 'raw') return true;
  if (record.createdAt > at.now) return false;
  return record.kind === 'project' || at.now - record.createdAt <= at.options.retentionDays * dayMs;
}
