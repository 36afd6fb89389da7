import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { DeviceFarmError, htmlReply, Interruption, type RequestRecord } from './protocol.ts';
import { type Random, shuffled } from './random.ts';

type Stage = 'before' | 'after';

/** What goes wrong. `when: 'before'` means that the operation has no effect, `'after'` that it has. */
export type FaultKind =
  /** Any error by name; HTTP 500 for the service's own faults, 400 otherwise, unless `status` says so. @default before */
  | {
      readonly kind: 'error';
      readonly name: string;
      readonly status?: number;
      readonly message?: string;
      readonly when?: Stage;
    }
  /** An HTML page instead of JSON. @default 503, before */
  | { readonly kind: 'html'; readonly status?: number; readonly when?: Stage }
  /** The connection is closed without a reply. @default after: the effect has happened */
  | { readonly kind: 'closed'; readonly when?: Stage }
  /** Waits for a promise that the test holds; no timers. @default after */
  | { readonly kind: 'slow'; readonly until: () => Promise<unknown>; readonly when?: Stage }
  /** A stop is answered with STOPPING and has no effect. */
  | { readonly kind: 'ignoredStop' }
  /** A stop leads to STOPPING and stays there until the next stop. */
  | { readonly kind: 'stuckStop' }
  /** The items of the page in reverse order. */
  | { readonly kind: 'reversedPage' }
  /** The items of the page in random order. */
  | { readonly kind: 'shuffledPage' }
  /** Every item of the page twice. */
  | { readonly kind: 'duplicatedItems' }
  /** The page names the token that it was asked with, so that a listing of several pages never ends. */
  | { readonly kind: 'repeatedToken' }
  /** Members missing from every item of the reply. */
  | { readonly kind: 'missingMembers'; readonly members: readonly string[] }
  /** The reply is `{}`. */
  | { readonly kind: 'emptyReply' }
  /** The reply is whatever the function makes of it. */
  | { readonly kind: 'rewritten'; readonly rewrite: (body: JsonObject) => JsonObject };

type Fault = FaultKind & {
  /** Name of an operation, or `*`. */
  readonly operation: string;
  /** The request's `arn` or `projectArn` must be this, or the function true. @default every request */
  readonly match?: string | ((request: RequestRecord) => boolean);
  /** How many requests it strikes. @default Infinity */
  readonly times?: number;
};

/** A fault in force; `remove` ends it. */
interface ActiveFault {
  /** How many requests it has struck. */
  readonly struck: number;
  remove(): void;
}

interface Entry {
  readonly fault: Fault;
  struck: number;
}

/** The faults in force. Each request is struck by all that match it, in the order in which they were added. */
export class Faults {
  #entries: Entry[] = [];

  add(fault: Fault): ActiveFault {
    const entry: Entry = { fault, struck: 0 };
    this.#entries.push(entry);
    return {
      get struck() {
        return entry.struck;
      },
      remove: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  clear(): void {
    this.#entries = [];
  }

  /** The faults that strike this request; each is used up by one. */
  strike(request: RequestRecord): FaultKind[] {
    const hits = this.#entries.filter((entry) => strikes(entry, request));
    for (const entry of hits) entry.struck += 1;
    return hits.map((entry) => entry.fault);
  }
}

function strikes({ fault, struck }: Entry, request: RequestRecord): boolean {
  if (struck >= (fault.times ?? Number.POSITIVE_INFINITY)) return false;
  if (fault.operation !== '*' && fault.operation !== request.operation) return false;
  if (fault.match === undefined) return true;
  if (typeof fault.match === 'function') return fault.match(request);
  const { arn, projectArn, ResourceARN } = request.input;
  return [arn, projectArn, ResourceARN].includes(fault.match);
}

/** Strikes the faults that belong before or after the effect: waits, or throws what is answered instead. */
export async function applyFaults(faults: readonly FaultKind[], stage: 'before' | 'after'): Promise<void> {
  for (const fault of faults) {
    if (stageOf(fault) === stage) await applyFault(fault);
  }
}

function stageOf(fault: FaultKind): 'before' | 'after' | undefined {
  switch (fault.kind) {
    case 'error':
    case 'html':
      return fault.when ?? 'before';
    case 'closed':
    case 'slow':
      return fault.when ?? 'after';
    default:
      return undefined;
  }
}

async function applyFault(fault: FaultKind): Promise<void> {
  if (fault.kind === 'slow') await fault.until();
  if (fault.kind === 'closed') throw new Interruption('ConnectionClosed', () => ({ kind: 'closed' }));
  if (fault.kind === 'error')
    throw new DeviceFarmError(fault.name, fault.message ?? 'injected fault', fault.status);
  if (fault.kind !== 'html') return;
  const status = fault.status ?? 503;
  throw new Interruption(`Html${status}`, (stamp) => htmlReply(status, stamp));
}

/** What a stop does under these faults. */
export function stopModeOf(faults: readonly FaultKind[]): 'normal' | 'ignored' | 'stuck' {
  if (faults.some((fault) => fault.kind === 'ignoredStop')) return 'ignored';
  return faults.some((fault) => fault.kind === 'stuckStop') ? 'stuck' : 'normal';
}

/** The reply's body as the faults leave it. */
export function spoilBody(
  faults: readonly FaultKind[],
  body: JsonObject,
  input: JsonObject,
  random: Random,
): JsonObject {
  return faults.reduce((spoilt, fault) => spoil(fault, spoilt, input, random), body);
}

function spoil(fault: FaultKind, body: JsonObject, input: JsonObject, random: Random): JsonObject {
  switch (fault.kind) {
    case 'reversedPage':
      return mapLists(body, (items) => [...items].reverse());
    case 'shuffledPage':
      return mapLists(body, (items) => shuffled(items, random));
    case 'duplicatedItems':
      return mapLists(body, (items) => items.flatMap((item) => [item, item]));
    case 'repeatedToken':
      return { ...body, nextToken: input.nextToken ?? body.nextToken };
    case 'missingMembers':
      return mapItems(body, (item) => without(item, fault.members));
    case 'emptyReply':
      return {};
    case 'rewritten':
      return fault.rewrite(body);
    default:
      return body;
  }
}

function mapLists(body: JsonObject, change: (items: readonly Json[]) => readonly Json[]): JsonObject {
  return mapValues(body, (value) => (Array.isArray(value) ? change(value) : value));
}

function mapItems(body: JsonObject, change: (item: JsonObject) => JsonObject): JsonObject {
  const changeItem = (value: Json) => (isJsonObject(value) ? change(value) : value);
  return mapValues(body, (value) => (Array.isArray(value) ? value.map(changeItem) : changeItem(value)));
}

function mapValues(body: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, value === undefined ? undefined : change(value)]),
  );
}

function without(item: JsonObject, members: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !members.includes(name)));
}
