import { type DaySums, type KeptDay, WRITING } from '../../core/spend/kept-day.ts';
import type { Sum } from '../../core/spend/sum-alike.ts';
import type { Table } from '../table.ts';
import { isMinutes } from './is-minutes.ts';
import { pack, unpack } from './packed.ts';

const PARTITION = 'ledger-day';

/**
 * What is kept of the days of the ledger besides their charges: one item for each UTC day. Whoever is about to write charges
 * of a day replaces its item by one without sums; sums are written only while that item is the one that was seen before
 * the charges were read. So of a day at rest they never miss a charge, whoever writes meanwhile and whoever dies at it.
 */
export class KeptDays {
  readonly #table: Table;
  readonly #clock: () => number;
  readonly #newToken: () => string;
  /** Epoch seconds at which what is kept of a UTC day may go. */
  readonly #expires: (day: number) => number;

  constructor(table: Table, clock: () => number, newToken: () => string, expires: (day: number) => number) {
    this.#table = table;
    this.#clock = clock;
    this.#newToken = newToken;
    this.#expires = expires;
  }

  /** Charges of these days are about to be written. */
  async announce(days: readonly number[]): Promise<void> {
    const writtenUntil = this.#clock() + WRITING;
    await this.#table.putAll(
      days.map((day) => ({ ...this.#keyOf(day), token: this.#newToken(), writtenUntil })),
    );
  }

  async since(day: number): Promise<ReadonlyMap<number, KeptDay>> {
    const items = await this.#table.query({ key: ['pk', PARTITION], from: ['sk', nameOf(day)] });
    return new Map(items.map((item) => [Date.parse(String(item.sk)), toKeptDay(item)]));
  }

  /** `false`: somebody has begun to write charges of the day since `seen` was read. */
  keep(day: number, summed: DaySums, seen: KeptDay | undefined): Promise<boolean> {
    const known = seen?.token;
    const names = { '#token': 'token' };
    return this.#table.put(
      { ...this.#keyOf(day), token: known || this.#newToken(), packed: pack(summed) },
      known
        ? { expression: '#token = :token', names, values: { ':token': known } }
        : { expression: 'attribute_not_exists(#token)', names },
    );
  }

  #keyOf(day: number) {
    return { pk: PARTITION, sk: nameOf(day), expires: this.#expires(day) };
  }
}

/** Sums that cannot be read are none: they are made again. */
function toKeptDay({ token, writtenUntil, packed }: Readonly<Record<string, unknown>>): KeptDay {
  const summed = unpack(packed);
  return {
    token: typeof token === 'string' ? token : '',
    ...(typeof writtenUntil === 'number' ? { writtenUntil } : {}),
    ...(isDaySums(summed) ? { summed } : {}),
  };
}

function isDaySums(value: unknown): value is DaySums {
  return (
    isRecord(value) &&
    typeof value.view === 'string' &&
    Array.isArray(value.sums) &&
    value.sums.every((sum: unknown) => isSum(sum))
  );
}

/** The members on which figures depend. */
function isSum(value: unknown): value is Sum {
  return (
    isRecord(value) &&
    isRecord(value.project) &&
    isMinutes(value.minutes) &&
    typeof value.created === 'number' &&
    typeof value.microUsd === 'number'
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function nameOf(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}
