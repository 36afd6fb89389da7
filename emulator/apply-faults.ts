import { DeviceFarmError } from './errors.ts';
import type { FaultKind } from './faults.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { type Random, shuffled } from './random.ts';
import { htmlReply, Interruption } from './reply.ts';

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
