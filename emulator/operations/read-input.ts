import { unreadable } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../json.ts';

/** A string member; undefined when it is absent or null. Throws SerializationException for any other type. */
export function readString(input: JsonObject, member: string): string | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw unreadable(`${typeof value} value of ${member} can not be converted to a String`);
}

/** A number member; undefined when it is absent or null. Throws SerializationException for any other type. */
export function readNumber(input: JsonObject, member: string): number | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined || typeof value === 'number') return value;
  throw unreadable(`${typeof value} value of ${member} can not be converted to an Integer`);
}

/** A structure member; empty when it is absent or null. Throws SerializationException for any other type. */
export function readObject(input: JsonObject, member: string): JsonObject {
  const value = input[member] ?? {};
  if (isJsonObject(value)) return value;
  throw unreadable(`value of ${member} is not a structure`);
}
