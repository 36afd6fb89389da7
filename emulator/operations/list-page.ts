import { isPresent } from '../is-present.ts';
import type { Json, JsonObject } from '../json.ts';
import { pageOf } from '../paging.ts';
import type { AnyRecord, RawRecord } from '../records.ts';
import type { Call } from './call.ts';
import { readString } from './read-input.ts';

/** A listing: which entries in which order, and how one is shown. */
export interface Listing<T extends AnyRecord> {
  /** Name of the member that holds the items. */
  readonly member: string;
  /** ARN of what is listed; part of what makes a token valid. */
  readonly of: string;
  /** All of them, also those that are not listed now: a token may name one. */
  readonly entries: readonly (T | RawRecord)[];
  /** @default every entry that is there */
  readonly isListed?: (entry: T | RawRecord) => boolean;
  readonly show: (record: T) => JsonObject;
}

/** The page that the call asks for. Pages have a fixed size; clients cannot choose it. */
export function listPage<T extends AnyRecord>(
  call: Call,
  listing: Listing<T>,
): { [member: string]: Json | undefined } {
  const { entries, isListed = () => true } = listing;
  const isShown = (entry: T | RawRecord) => isPresent(entry, call) && isListed(entry);
  const scope = `${call.operation} ${listing.of}`;
  const token = readString(call.input, 'nextToken');
  const page = pageOf({ entries, isShown, scope, size: call.options.pageSize }, token);
  const items = page.items.map((entry) => (isRaw(entry) ? entry.item : listing.show(entry)));
  return { [listing.member]: items, nextToken: page.nextToken };
}

const isRaw = (entry: AnyRecord): entry is RawRecord => entry.kind === 'raw';
