import { AwsCallError } from '../../core/errors.ts';
import type { Table } from '../table.ts';

/** Times that a change is tried when somebody else changes the same item. Each time one of them gets on. */
const TRIES = 10;

export interface VersionedItemOptions {
  /** For several items of one partition. @default '-' */
  readonly sortKey?: string;
  /** Epoch seconds after which the table drops it. @default never */
  readonly expires?: number;
}

/**
 * One item of the state table that several functions change: read, changed and written if nobody wrote in between, else
 * once more from the start.
 */
export class VersionedItem {
  readonly #table: Table;
  readonly #partition: string;
  readonly #sortKey: string;
  readonly #expires: number | undefined;

  constructor(table: Table, partition: string, { sortKey = '-', expires }: VersionedItemOptions = {}) {
    this.#table = table;
    this.#partition = partition;
    this.#sortKey = sortKey;
    this.#expires = expires;
  }

  /**
   * Changes what the item holds (`undefined` when there is none); a change that gives back what it got writes nothing.
   * @returns what the item holds then
   * @throws AwsCallError when the table does not answer, or others write again and again
   */
  async change(change: (held: unknown) => unknown): Promise<unknown> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const item = await this.#read();
      const held = item?.held;
      const version = typeof item?.version === 'number' ? item.version : undefined;
      const changed = change(held);
      if (changed === held || (await this.#write(changed, version))) return changed;
    }
    throw new AwsCallError(`item ${this.#partition} of the state table could not be written`, {
      name: 'Contention',
      message: `others changed it ${TRIES} times meanwhile`,
      kind: 'other',
    });
  }

  /** A query, since the functions need no other read of this table. */
  async #read() {
    const beginsWith = ['sk', this.#sortKey] as const;
    const items = await this.#table.query({ key: ['pk', this.#partition], beginsWith });
    return items.find(({ sk }) => sk === this.#sortKey);
  }

  #write(held: unknown, version: number | undefined): Promise<boolean> {
    return this.#table.put(
      { pk: this.#partition, sk: this.#sortKey, version: (version ?? 0) + 1, held, expires: this.#expires },
      version === undefined
        ? { expression: 'attribute_not_exists(pk)' }
        : {
            expression: '#version = :version',
            names: { '#version': 'version' },
            values: { ':version': version },
          },
    );
  }
}
