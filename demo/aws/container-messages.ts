/** An error as a Lambda function replies with it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What the host tells a container. Times are epoch milliseconds of the virtual clock. */
export type ToContainer =
  | { readonly type: 'init'; readonly file: string; readonly name: string; readonly now: number }
  | {
      readonly type: 'invoke';
      readonly event: unknown;
      readonly context: Readonly<Record<string, unknown>>;
      readonly deadline: number;
      readonly now: number;
    }
  | { readonly type: 'time'; readonly now: number }
  | { readonly type: 'wake'; readonly id: number; readonly now: number }
  | { readonly type: 'ask'; readonly id: number };

/** What a container tells the host. */
export type FromContainer =
  | { readonly type: 'ready' }
  | { readonly type: 'broken' | 'error'; readonly error: FunctionError }
  | { readonly type: 'result'; readonly payload: string }
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'sleep'; readonly id: number; readonly ms: number }
  | { readonly type: 'cancel' | 'idle'; readonly id: number };

/**
 * Checks a message of the runner.
 * @throws TypeError when it is none that this host knows.
 */
export function parseFromContainer(message: unknown): FromContainer {
  const { type, error, payload, text, id, ms } = record(message);
  if (type === 'ready') return { type };
  if ((type === 'broken' || type === 'error') && isFunctionError(error)) return { type, error };
  if (type === 'result' && typeof payload === 'string') return { type, payload };
  if (type === 'log' && typeof text === 'string') return { type, text };
  if (type === 'sleep' && typeof id === 'number') {
    // JSON has no NaN: a delay that is no number arrives as null, and counts as Node counts it.
    return { type, id, ms: typeof ms === 'number' ? ms : 0 };
  }
  if ((type === 'cancel' || type === 'idle') && typeof id === 'number') return { type, id };
  throw new TypeError(`unknown message from a container: ${JSON.stringify(message)}; check runner.mjs`);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isFunctionError(value: unknown): value is FunctionError {
  const { errorType, errorMessage } = record(value);
  return typeof errorType === 'string' && typeof errorMessage === 'string';
}
