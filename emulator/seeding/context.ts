import type { Farm } from '../farm.ts';
import type { Options } from '../options.ts';

/** What every kind of seed needs to become a record. */
export interface SeedContext {
  readonly farm: Farm;
  readonly options: Options;
  /** A new UUID, the same for the same seed number. */
  readonly newId: () => string;
}
