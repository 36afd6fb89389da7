import { invalid, unreadable } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../json.ts';

/** A string member; undefined when it is absent or null. Throws SerializationException for any other type. */
export function readString(input: JsonObject, member: string): string | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw unreadable(`${typeof value} value of ${member} can not be converted to a String`);
}

/** Characters of the longest name (service model). */
const longestName = 256;

/** A name; undefined when it is absent. Throws ValidationException when it is longer than 256 characters. */
export function readName(input: JsonObject, member: string): string | undefined {
  const name = readString(input, member);
  if (name === undefined || name.length <= longestName) return name;
  throw invalid(
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${longestName}`,
  );
}

/** A whole number; undefined when it is absent or null. Throws SerializationException for anything else. */
export function readNumber(input: JsonObject, member: string): number | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined || Number.isInteger(value)) return value as number | undefined; // It was looked at.
  throw unreadable(`value ${JSON.stringify(value)} of ${member} can not be converted to an Integer`);
}

/** A structure member; empty when it is absent or null. Throws SerializationException for any other type. */
export function readObject(input: JsonObject, member: string): JsonObject {
  const value = input[member] ?? {};
  if (isJsonObject(value)) return value;
  throw unreadable(`value of ${member} is not a structure`);
}
