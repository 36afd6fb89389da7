import { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import { isJsonObject, type Json, type JsonObject } from '../../emulator/json.ts';
import type { EmulatorOptions } from '../../emulator/options.ts';

/** The moment at which every test begins. */
export const begin = Date.UTC(2026, 7, 7, 12, 0, 0);

export const minute = 60_000;

export interface Answer {
  /** HTTP status; 0 when the connection was closed. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** An emulator whose clock the test moves, and a client without a transport. Not throttled unless asked to be. */
export function startFarm(options: Omit<Partial<EmulatorOptions>, 'now'> = {}) {
  let now = begin;
  const emulator = new DeviceFarmEmulator({ now: () => now, throttle: false, ...options });
  return {
    emulator,
    /** Lets minutes pass. */
    pass: (minutes: number) => {
      now += minutes * minute;
    },
    call: (operation: string, input: JsonObject = {}) => call(emulator, operation, input),
  };
}

async function call(emulator: DeviceFarmEmulator, operation: string, input: JsonObject): Promise<Answer> {
  const headers = { 'X-Amz-Target': `DeviceFarm_20150623.${operation}` };
  const reply = await emulator.handle({ headers, body: JSON.stringify(input) });
  if (reply.kind === 'closed') return { status: 0, headers: {}, body: {} };
  const isJson = reply.headers['content-type'] === 'application/x-amz-json-1.1';
  return { status: reply.status, headers: reply.headers, body: isJson ? parseObject(reply.body) : {} };
}

/** Parses a JSON object; a test that meets anything else fails. */
export function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (isJsonObject(value)) return value;
  throw new TypeError(`${text} is not a JSON object`);
}

/** The items of a listing's reply. */
export function itemsOf(body: JsonObject, member: string): JsonObject[] {
  const items: Json | undefined = body[member];
  if (!Array.isArray(items)) throw new TypeError(`${JSON.stringify(body)} has no list ${member}`);
  return items.filter(isJsonObject);
}

/** All items of a listing, page by page, and how many pages there were. */
export async function allPages(
  callOnce: (input: JsonObject) => Promise<Answer>,
  member: string,
  input: JsonObject = {},
): Promise<{ readonly items: JsonObject[]; readonly pages: number }> {
  const items: JsonObject[] = [];
  let nextToken: Json | undefined;
  let pages = 0;
  do {
    const { body } = await callOnce({ ...input, nextToken });
    items.push(...itemsOf(body, member));
    nextToken = body.nextToken;
    pages += 1;
  } while (nextToken !== undefined && pages < 1000);
  return { items, pages };
}

/** The text at a path of members; a test that finds none fails. */
export function textAt(value: Json | undefined, ...path: readonly string[]): string {
  const found = path.reduce<Json | undefined>(
    (at, member) => (isJsonObject(at) ? at[member] : undefined),
    value,
  );
  if (typeof found === 'string') return found;
  throw new TypeError(`no text at ${path.join('.')} of ${JSON.stringify(value)}`);
}
