import { createHash } from 'node:crypto';
import type { Usage } from '../model.ts';
import { DAY, MINUTE, type Time, utcDay } from '../time.ts';
import { isUsage } from '../usage/settle.ts';
import { pack, unpack } from './state.ts';
import type { Item, Table } from './table.ts';

const OPEN = 'ledger';
const SEALED = 'ledger-sealed';
/** Days that usage is kept: longer than any budget looks back, with its unsettled periods. */
const KEEP_DAYS = 100;
/** Days by which work may be created after it was written, as clocks differ, with a margin. */
const SKEW_DAYS = 2;
/** Milliseconds after the end of a day until nobody writes usage of that day any more: no invocation lasts longer than 15 minutes. */
const WRITING = 20 * MINUTE;
/** Bytes of packed usage in one item, which holds 400 KB. */
const PART_BYTES = 350_000;
const HASH_LENGTH = 16;

/** What the ledger holds, and what `seal` is to do. */
export interface LedgerReading {
  /** Each run or session once. */
  readonly usages: readonly Usage[];
  /** Usage by day of writing, of days of which nothing more is written. */
  readonly toSeal: ReadonlyMap<string, readonly Usage[]>;
  /** Keys of rows and sealed parts that are malformed. */
  readonly malformed: readonly Item[];
}

/**
 * Usage of settled runs and sessions, one row each, by the UTC day on which it was written. When such a day is over nobody adds
 * to it, so one sweep seals it: its rows are packed into few items, which a container reads once. Rows stay until they
 * expire: as long as a day is not sealed as a whole, its rows are read. So a crash between two writes loses nothing, and
 * since usage counts once by its ARN, nothing counts twice. Every call may throw AwsCallError.
 */
export class Ledger {
  readonly #table: Table;
  readonly #time: Pick<Time, 'now'>;
  /** Sealed days up to the first that is not whole; they never change. */
  readonly #sealed = new Map<string, readonly Usage[]>();

  constructor(table: Table, time: Pick<Time, 'now'>) {
    this.#table = table;
    this.#time = time;
  }

  /** Writes usage; writing a run or session again does not add up, its last form holds. */
  async add(usages: readonly Usage[]): Promise<void> {
    const day = utcDay(this.#time.now());
    const expires = this.#expires();
    // No key may come twice in a batch.
    const once = new Map(usages.map((usage) => [usage.arn, usage]));
    await this.#table.putAll(
      [...once].map(([arn, usage]) => ({ pk: OPEN, sk: `${day}#${arn}`, usage, expires })),
    );
  }

  /**
   * All usage of work created at `from` or later, by two queries.
   * @param onMalformed called for each row or part that is malformed; it is left out
   */
  async read(from: number, onMalformed: (what: string) => void): Promise<LedgerReading> {
    const malformed: Item[] = [];
    const reject = (key: Item, what: string) => {
      malformed.push(key);
      onMalformed(what);
    };
    await this.#readSealed(reject);
    const lastSealed = [...this.#sealed.keys()].at(-1);
    const rows = await this.#table.query({
      key: ['pk', OPEN],
      sort: { name: 'sk', from: lastSealed === undefined ? '0' : after(lastSealed) },
    });
    const open = byDay(rows, reject);
    const firstDay = utcDay(from - SKEW_DAYS * DAY);
    const needed = [...this.#sealed].filter(([day]) => day >= firstDay).map(([, usages]) => usages);
    const once = new Map<string, Usage>();
    for (const usages of [...needed, ...open.values()])
      for (const usage of usages) if (usage.created >= from) once.set(usage.arn, usage);
    const now = this.#time.now();
    const isOver = (day: string) => Date.parse(day) + DAY + WRITING <= now;
    return {
      usages: [...once.values()],
      toSeal: new Map([...open].filter(([day]) => isOver(day))),
      malformed,
    };
  }

  /** Removes what is malformed, and seals the days that are over, the oldest first. Two writers write the same. */
  async seal({ toSeal, malformed }: LedgerReading): Promise<void> {
    for (const key of malformed) await this.#table.remove(key);
    for (const [day, usages] of toSeal) {
      const parts = split(usages);
      const name = createHash('sha256').update(JSON.stringify(usages)).digest('hex').slice(0, HASH_LENGTH);
      for (const [index, packed] of parts.entries()) {
        await this.#table.put(
          {
            pk: SEALED,
            sk: `${day}#${name}#${String(index).padStart(3, '0')}`,
            of: parts.length,
            packed,
            expires: this.#expires(),
          },
          { expression: 'attribute_not_exists(pk)' },
        );
      }
    }
  }

  /**
   * Reads the sealed days that this container does not know yet.
   * @param reject notes the key of something malformed, and says what it is
   */
  async #readSealed(reject: (key: Item, what: string) => void): Promise<void> {
    const lastSealed = [...this.#sealed.keys()].at(-1);
    const items = await this.#table.query({
      key: ['pk', SEALED],
      sort: { name: 'sk', from: lastSealed === undefined ? '0' : after(lastSealed) },
    });
    const sets = new Map<string, Part[]>();
    for (const item of items) {
      const part = toPart(item);
      if (!part)
        reject({ pk: SEALED, sk: item.sk }, `part ${String(item.sk)} is malformed; the day is sealed again`);
      const [day = '', name = ''] = String(item.sk).split('#');
      const set = sets.get(`${day}#${name}`) ?? [];
      sets.set(`${day}#${name}`, part ? [...set, part] : set);
    }
    const days = new Set([...sets.keys()].map((key) => key.slice(0, utcDay(0).length)));
    for (const day of days) {
      const whole = [...sets].find(([key, parts]) => key.startsWith(day) && isWhole(parts))?.[1];
      if (!whole) break;
      this.#sealed.set(
        day,
        whole.flatMap(({ usages }) => usages),
      );
    }
    for (const day of this.#sealed.keys()) if (day < this.#oldestDay()) this.#sealed.delete(day);
  }

  /** Usage of earlier days has expired. */
  #oldestDay(): string {
    return utcDay(this.#time.now() - KEEP_DAYS * DAY);
  }

  /** Epoch seconds. */
  #expires(): number {
    return Math.floor((this.#time.now() + KEEP_DAYS * DAY) / 1000);
  }
}

interface Part {
  readonly of: number;
  readonly usages: readonly Usage[];
}

function isWhole(parts: readonly Part[]): boolean {
  return parts.length > 0 && parts.every(({ of }) => of === parts.length);
}

function toPart({ of, packed }: Item): Part | undefined {
  const usages = unpack(packed);
  if (typeof of !== 'number' || !Array.isArray(usages) || !usages.every(isUsage)) return undefined;
  return { of, usages };
}

/** Usage by the day of writing. */
function byDay(
  rows: readonly Item[],
  reject: (key: Item, what: string) => void,
): ReadonlyMap<string, Usage[]> {
  const days = new Map<string, Usage[]>();
  for (const { sk, usage } of rows) {
    const [day = ''] = String(sk).split('#');
    const own = days.get(day) ?? [];
    days.set(day, own);
    if (isUsage(usage)) own.push(usage);
    else reject({ pk: OPEN, sk }, `row ${String(sk)} is malformed; it is removed`);
  }
  return days;
}

/** Packed usage in parts that fit into an item. */
function split(usages: readonly Usage[]): readonly Uint8Array[] {
  const packed = pack(usages);
  if (packed.length <= PART_BYTES || usages.length < 2) return [packed];
  const half = Math.ceil(usages.length / 2);
  return [...split(usages.slice(0, half)), ...split(usages.slice(half))];
}

/** The first sort key after those of a day. */
function after(day: string): string {
  return utcDay(Date.parse(day) + DAY);
}
