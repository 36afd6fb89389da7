/** JSON as it goes over the wire. `undefined` members are left out, as `JSON.stringify` does. */
export type Json = null | boolean | number | string | RawJson | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json | undefined;
}

/** JSON text that is sent exactly as it was written, for example with a number in exponent form. */
export class RawJson {
  readonly text: string;

  /** Throws a SyntaxError when `text` is not JSON. */
  constructor(text: string) {
    JSON.parse(text);
    this.text = text;
  }
}

/** Like `JSON.stringify`, but raw texts are put in as they are. */
export function encodeJson(value: Json): string {
  if (value instanceof RawJson) return value.text;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(encodeJson).join(',')}]`;
  let members = '';
  for (const [name, member] of Object.entries(value))
    if (member !== undefined) members += `${members && ','}${JSON.stringify(name)}:${encodeJson(member)}`;
  return `{${members}}`;
}

/** `Array.isArray` does not narrow read-only lists. */
function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether a JSON value is an object, that is neither null nor a list nor raw text. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawJson);
}
