import { argumentError } from './errors.ts';

interface Keyed {
  readonly key: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/** A listing: all entries in its order, and which of them it shows. */
export interface Paged<T> {
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
