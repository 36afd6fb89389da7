import { gunzipSync, gzipSync } from 'node:zlib';
import type { Diagnostics } from '../diagnostics.ts';
import { AwsCallError } from '../errors.ts';
import { DAY, type Time } from '../time.ts';
import type { Item, Table } from './table.ts';

/** Partition of everything that each sweep needs, so that one query reads it. */
const SWEEP = 'sweep';
const TOLD = 'told';
/** Days that a claim is remembered: longer than the longest budget period. */
const TOLD_DAYS = 100;
/**
 * Milliseconds after which a claim that was never marked done is taken over: longer than any invocation (240 s), and
 * shorter than the default interval, so that the next sweep tells it.
 */
const CLAIM = 4.5 * 60_000;
/** Times that a change is tried when somebody else changes the same item. Each time one of them succeeds. */
const TRIES = 10;

/** A kind of item: how its key begins, how long it lives, and what a stored value must look like. */
export interface ItemKind<T> {
  readonly prefix: string;
  /** Days that an item is kept after it was last written. */
  readonly days: number;
  /** @default the partition that every sweep reads */
  readonly partition?: string;
  /** The value, or `undefined` for what another version or a damage left. */
  parse(value: unknown): T | undefined;
}

/** An item with the number of times that it was written. */
export interface Stored<T> {
  readonly value: T;
  readonly version: number;
}

/** What each sweep needs, as one query read it. */
export class Snapshot {
  readonly #items: ReadonlyMap<string, Item>;
  /** Values by their key, since several readers ask for most of them. */
  readonly #unpacked = new Map<string, unknown>();
  readonly #malformed: Set<string>;

  constructor(items: readonly Item[], malformed: Set<string>) {
    this.#items = new Map(items.map((item) => [String(item.sk), item]));
    this.#malformed = malformed;
  }

  /** Items of one kind by their id. */
  all<T>(kind: ItemKind<T>): ReadonlyMap<string, Stored<T>> {
    const start = `${kind.prefix}#`;
    const found = new Map<string, Stored<T>>();
    for (const key of this.#items.keys()) {
      const stored = key.startsWith(start) ? this.#parse(kind, key) : undefined;
      if (stored) found.set(key.slice(start.length), stored);
    }
    return found;
  }

  get<T>(kind: ItemKind<T>, id: string): Stored<T> | undefined {
    const key = keyOf(kind, id);
    return this.#items.has(key) ? this.#parse(kind, key) : undefined;
  }

  #parse<T>(kind: ItemKind<T>, key: string): Stored<T> | undefined {
    const item = this.#items.get(key);
    const unpacked = this.#unpacked.get(key) ?? unpack(item?.packed);
    this.#unpacked.set(key, unpacked);
    const stored = parseItem(kind, item, unpacked);
    if (!stored) this.#malformed.add(key);
    return stored;
  }
}

/**
 * Everything that AutoStop remembers besides the audit trail and the ledger. Losing it costs a re-scan, never a wrong stop.
 * Every item expires. An item that does not parse is ignored, reported once and removed. Every call may throw AwsCallError.
 */
export class State {
  readonly #table: Table;
  readonly #time: Pick<Time, 'now'>;
  readonly #malformed = new Set<string>();

  constructor(table: Table, time: Pick<Time, 'now'>) {
    this.#table = table;
    this.#time = time;
  }

  /** What each sweep needs, by one consistent query. */
  async load(): Promise<Snapshot> {
    this.#malformed.clear();
    return new Snapshot(await this.#table.query({ key: ['pk', SWEEP] }), this.#malformed);
  }

  /** Reports the malformed items that the snapshot met, and removes them, so that they are reported once. */
  async removeMalformed(diagnostics: Diagnostics): Promise<void> {
    for (const key of this.#malformed) {
      diagnostics.note(`item ${key} of the state table is malformed; it is ignored and removed`);
      await diagnostics.during(
        `malformed item ${key} could not be removed`,
        this.#table.remove({ pk: SWEEP, sk: key }),
        undefined,
      );
    }
    this.#malformed.clear();
  }

  /** One item by itself, by a consistent read; a malformed one is none. */
  async read<T>(kind: ItemKind<T>, id: string): Promise<Stored<T> | undefined> {
    return parseItem(kind, await this.#item(kind, id));
  }

  /** All items of a kind that has a partition of its own. */
  async readAll<T>(kind: ItemKind<T>, beginsWith = ''): Promise<ReadonlyMap<string, Stored<T>>> {
    const start = `${kind.prefix}#`;
    const items = await this.#table.query({
      key: ['pk', partitionOf(kind)],
      sort: { name: 'sk', beginsWith: `${start}${beginsWith}` },
    });
    return new Map(
      items.flatMap((item) => {
        const stored = parseItem(kind, item);
        return stored ? [[String(item.sk).slice(start.length), stored]] : [];
      }),
    );
  }

  /** Writes whatever is there. */
  async put<T>(kind: ItemKind<T>, id: string, value: T): Promise<void> {
    await this.#table.put(this.#toItem(kind, id, value, 1));
  }

  /** Writes if nobody wrote since `known` was read; `undefined`: there was none, or a malformed one. `false`: somebody did. */
  replace<T>(kind: ItemKind<T>, id: string, value: T, known: Stored<T> | undefined): Promise<boolean> {
    const item = this.#toItem(kind, id, value, (known?.version ?? 0) + 1);
    const names = { '#version': 'version' };
    return this.#table.put(
      item,
      known
        ? { expression: '#version = :version', names, values: { ':version': known.version } }
        : { expression: 'attribute_not_exists(pk) OR attribute_not_exists(#version)', names },
    );
  }

  /**
   * Changes an item that several functions change: read, changed, and written if nobody wrote in between, else from the start.
   * A change that gives back what it got writes nothing.
   * @param known the item as a snapshot read it, `null` when there was none: it saves the first read
   * @returns what the item holds then
   */
  async change<T>(
    kind: ItemKind<T>,
    id: string,
    change: (value: T | undefined) => T | undefined,
    known?: Stored<T> | null,
  ): Promise<T | undefined> {
    let stored = known ?? undefined;
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (known === undefined || tries > 0) {
        const item = await this.#item(kind, id);
        stored = parseItem(kind, item);
        // A malformed item would refuse every write that expects none.
        if (item && !stored) await this.remove(kind, id);
      }
      const changed = change(stored?.value);
      if (changed === undefined || changed === stored?.value) return changed;
      if (await this.replace(kind, id, changed, stored)) return changed;
    }
    throw new AwsCallError(`item ${keyOf(kind, id)} of the state table could not be written`, {
      name: 'Contention',
      message: `others changed it ${TRIES} times`,
      kind: 'other',
    });
  }

  async remove<T>(kind: ItemKind<T>, id: string): Promise<void> {
    await this.#table.remove({ pk: partitionOf(kind), sk: keyOf(kind, id) });
  }

  /**
   * Claims something that is to be told once. `claimed`: tell it now, then call `done`. `taken`: somebody claimed it just now and is
   * telling it, or has died; after 4.5 minutes it can be claimed again.
   */
  async claim(key: string): Promise<'claimed' | 'taken' | 'told'> {
    const isClaimed = await this.#table.put(this.#claimItem(key, false), {
      expression: 'attribute_not_exists(pk) OR (#told = :no AND #claimedAt < :stale)',
      names: { '#told': 'told', '#claimedAt': 'claimedAt' },
      values: { ':no': false, ':stale': this.#time.now() - CLAIM },
    });
    if (isClaimed) return 'claimed';
    const [claim] = await this.#table.query({ key: ['pk', TOLD], sort: { name: 'sk', from: key, to: key } });
    return claim?.told === true ? 'told' : 'taken';
  }

  async done(key: string): Promise<void> {
    await this.#table.put(this.#claimItem(key, true));
  }

  /** Whether a claim of `claimedAt` is so old that its owner is dead. */
  isStale(claimedAt: number): boolean {
    return claimedAt < this.#time.now() - CLAIM;
  }

  #claimItem(key: string, told: boolean): Item {
    return { pk: TOLD, sk: key, told, claimedAt: this.#time.now(), expires: this.#expires(TOLD_DAYS) };
  }

  #toItem<T>(kind: ItemKind<T>, id: string, value: T, version: number): Item {
    return {
      pk: partitionOf(kind),
      sk: keyOf(kind, id),
      packed: pack(value),
      version,
      expires: this.#expires(kind.days),
    };
  }

  /** By a query: the functions need no other read of this table. */
  async #item<T>(kind: ItemKind<T>, id: string): Promise<Item | undefined> {
    const key = keyOf(kind, id);
    const items = await this.#table.query({
      key: ['pk', partitionOf(kind)],
      sort: { name: 'sk', from: key, to: key },
    });
    return items[0];
  }

  /** Epoch seconds. */
  #expires(days: number): number {
    return Math.floor((this.#time.now() + days * DAY) / 1000);
  }
}

function partitionOf<T>({ partition = SWEEP }: ItemKind<T>): string {
  return partition;
}

function keyOf<T>({ prefix }: ItemKind<T>, id: string): string {
  return `${prefix}#${id}`;
}

function parseItem<T>(
  kind: ItemKind<T>,
  item: Item | undefined,
  unpacked = unpack(item?.packed),
): Stored<T> | undefined {
  if (!item || typeof item.version !== 'number') return undefined;
  const value = kind.parse(unpacked);
  return value === undefined ? undefined : { value, version: item.version };
}

/** A value as gzipped JSON: an item of DynamoDB holds 400 KB, and what is stored repeats itself a lot. */
export function pack(value: unknown): Uint8Array {
  return gzipSync(JSON.stringify(value));
}

/** What was packed; `undefined` when these are no bytes of `pack`. */
export function unpack(packed: unknown): unknown {
  if (!(packed instanceof Uint8Array)) return undefined;
  try {
    return JSON.parse(gunzipSync(packed).toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) return undefined;
    throw error;
  }
}
