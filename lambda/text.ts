/** Markup, control and bidirectional characters, line separators and halves of a pair: nothing that a sentence needs. */
const UNPLAIN = /[<>\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Characters of a text from outside that a sentence shows. */
const MAX_SHOWN = 120;

/** Whether a text from outside can be stored and sent on as it is. */
export function isPlain(text: string): boolean {
  return text.search(UNPLAIN) < 0;
}

/**
 * A text from outside, short and harmless enough for a sentence, a mail and a terminal. Every text from outside passes
 * here at the edge: names of projects, runs, devices, and values of messages, tags and policies.
 */
export function plain(text: string, most = MAX_SHOWN): string {
  const shown = text.slice(0, most).replace(UNPLAIN, '.');
  return text.length > most ? `${shown}... (${text.length} characters)` : shown;
}

/** Whom a text from outside names, cut and without what a sentence does not need; `undefined`: nobody. */
export function plainName(text: string | undefined): string | undefined {
  return text?.slice(0, MAX_SHOWN).replace(UNPLAIN, '').trim() || undefined;
}

/** A value from outside as JSON, likewise. Only the first level of what is nested is shown. */
export function quote(value: unknown): string {
  const inOneLevel = (_: string, inner: unknown): unknown =>
    typeof inner === 'object' && inner !== null && inner !== value ? '...' : inner;
  return plain(JSON.stringify(value, inOneLevel) ?? 'missing');
}

/** The members of a JSON object; `undefined` for any other text. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a value from outside is an object with members. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Closes a `switch`: the compiler refuses a call with a case left over. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
