import { gunzipSync, gzipSync } from 'node:zlib';

/** A value as gzipped JSON: an item of DynamoDB holds 400 KB, and repeats itself a lot. */
export function pack(value: unknown): Uint8Array {
  return gzipSync(JSON.stringify(value));
}

/** What was packed; `undefined` when these are no bytes of `pack`. */
export function unpack(packed: unknown): unknown {
  if (!(packed instanceof Uint8Array)) return undefined;
  try {
    return JSON.parse(gunzipSync(packed).toString());
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

/** What zlib and JSON say of bytes that are not theirs. */
function isUnreadable(error: unknown): boolean {
  if (error instanceof SyntaxError) return true;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
