import { parseArn, region } from '../arn.ts';
import { argumentError, DeviceFarmError, invalid, notFound } from '../errors.ts';
import { isPresent } from '../is-present.ts';
import type { AnyRecord } from '../records.ts';
import type { Call } from './call.ts';
import { readString } from './read-input.ts';

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
