import type { Farm } from '../farm.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Options } from '../options.ts';
import type { SeedContext } from '../seeding/context.ts';

/** One request on its way through an operation. */
export interface Call {
  readonly operation: string;
  readonly input: JsonObject;
  /** Epoch milliseconds; the whole operation happens at this moment. */
  readonly now: number;
  readonly farm: Farm;
  readonly options: Options;
  /** For the operations that create work. */
  readonly seedContext: SeedContext;
  /** Whether stops work, are ignored, or get stuck in STOPPING. */
  readonly stopMode: 'normal' | 'ignored' | 'stuck';
  /** To be called when the state was changed. */
  markChanged(): void;
}

/** Answers a call or throws a DeviceFarmError. */
export type Operation = (call: Call) => { readonly [member: string]: Json | undefined };
