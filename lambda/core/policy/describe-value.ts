const MAX_LENGTH = 80;
const MAX_ENTRIES = 8;
const MAX_DEPTH = 3;

/** Any value as one short line, like JSON; `nothing` for undefined. For messages only. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = describe(value, 0);
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}...`;
}

/** A text in quotes on one line, with everything escaped that a terminal could act on. */
export function quote(text: string): string {
  return JSON.stringify(text.slice(0, 2 * MAX_LENGTH)).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function describe(value: unknown, depth: number): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === MAX_DEPTH) return Array.isArray(value) ? '[...]' : '{...}';
  return Array.isArray(value)
    ? `[${list(value.length, value.slice(0, MAX_ENTRIES), (entry) => describe(entry, depth + 1))}]`
    : describeObject(value, depth);
}

function describeObject(value: object, depth: number): string {
  const entries = Object.entries(value);
  const body = list(
    entries.length,
    entries.slice(0, MAX_ENTRIES),
    ([key, entry]) => `${quote(key)}: ${describe(entry, depth + 1)}`,
  );
  return body === '' ? '{}' : `{ ${body} }`;
}

function list<T>(count: number, shown: readonly T[], show: (entry: T) => string): string {
  return [...shown.map(show), ...(count > shown.length ? ['...'] : [])].join(', ');
}
