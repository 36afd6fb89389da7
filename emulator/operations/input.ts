import { parseArn, region } from '../arn.ts';
import type { Farm } from '../farm.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { isPresent } from '../listing.ts';
import type { Options } from '../options.ts';
import { argumentError, DeviceFarmError, invalid, notFound, unreadable } from '../protocol.ts';
import type { AnyRecord, ProjectRecord, RawRecord, RunRecord } from '../records.ts';
import type { SeedContext } from '../seeding/context.ts';
import type { BillingMethod } from '../status.ts';

/** One request on its way through an operation. */
export interface Call {
  readonly operation: string;
  readonly input: JsonObject;
  /** Epoch milliseconds; the whole operation happens at this moment. */
  readonly now: number;
  readonly farm: Farm;
  readonly options: Options;
  /** For the operations that create work. */
  readonly seedContext: SeedContext;
  /** Whether stops work, are ignored, or get stuck in STOPPING. */
  readonly stopMode: 'normal' | 'ignored' | 'stuck';
  /** To be called when the state was changed. */
  markChanged(): void;
}

/** Answers a call or throws a DeviceFarmError. */
export type Operation = (call: Call) => { readonly [member: string]: Json | undefined };

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

/**
 * The record that an ARN member names. Whatever was added is found by its exact ARN, golden samples of other accounts
 * included; every other ARN is checked and refused: malformed, of another type, foreign, or unknown.
 */
export function readRecord(call: Call, member: string, types: readonly string[]): AnyRecord {
  const text = readArnText(call, member);
  const record = call.farm.find(text);
  const type = record?.kind === 'raw' ? record.of : record?.kind;
  if (record !== undefined && type !== undefined && types.includes(type) && isPresent(record, call))
    return record;
  throw refusalOf(call, text, types);
}

/** The text of an ARN member. Throws ValidationException when it is absent. */
export function readArnText(call: Call, member: string): string {
  const text = readString(call.input, member);
  if (text !== undefined) return text;
  throw invalid(
    `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
  );
}

/** Why an ARN that names nothing of these types is refused. */
export function refusalOf({ options }: Call, text: string, types: readonly string[]): DeviceFarmError {
  const arn = parseArn(text);
  if (arn === undefined) return invalid(`Invalid arn ${text}`);
  if (!types.includes(arn.type)) return argumentError(`${text} is not the ARN of a ${types.join(' or ')}`);
  if (arn.region !== region || (arn.account !== options.accountId && arn.account !== '')) {
    return new DeviceFarmError(options.foreignArnError, `No ${arn.type} found for ARN ${text}`);
  }
  return notFound(`No ${arn.type} found for ARN ${text}`);
}

/** The project, verbatim ones included, that a member names. */
export function readProject(call: Call, member: string): ProjectRecord | RawRecord {
  const record = readRecord(call, member, ['project']);
  if (record.kind === 'project' || record.kind === 'raw') return record;
  throw notFound(`No project found for ARN ${record.arn}`);
}

/** The run, verbatim ones included, that a member names. */
export function readRun(call: Call, member: string): RunRecord | RawRecord {
  const record = readRecord(call, member, ['run']);
  if (record.kind === 'run' || record.kind === 'raw') return record;
  throw notFound(`No run found for ARN ${record.arn}`);
}

/** The billing method of a configuration. METERED unless asked otherwise, also for accounts with slots (API reference). */
export function readBillingMethod(configuration: JsonObject): BillingMethod {
  const method = readString(configuration, 'billingMethod') ?? 'METERED';
  if (method === 'METERED' || method === 'UNMETERED') return method;
  throw argumentError(`billingMethod ${method} is neither METERED nor UNMETERED`);
}

/** ARN of what is tagged. Jobs cannot be tagged (Service Authorization Reference). */
export function readTaggable(call: Call): string {
  return readRecord(call, 'ResourceARN', ['project', 'run', 'session']).arn ?? '';
}
