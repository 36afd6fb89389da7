import type { JsonObject } from './json.ts';

/** One request that the emulator received. */
export interface RequestRecord {
  /** Epoch milliseconds of the injected clock. */
  readonly at: number;
  /** Operation of X-Amz-Target; empty when there was none. */
  readonly operation: string;
  /** The parsed body; empty when it could not be read. */
  readonly input: JsonObject;
  /** HTTP status of the reply; undefined until there is one, and for good when the connection was closed instead. */
  status?: number;
  /** Name of the error in the reply, `ConnectionClosed`, or the name of what a hook threw. */
  errorName?: string;
  /** Whether the request changed the state, for example whether a stop had an effect. */
  changed: boolean;
}
