import { isRecord } from './is-record.ts';
import { arnOf, type Place } from './plan/place.ts';
import { readQuery } from './sns-query.ts';
import type { StandInRequest } from './stand-in.ts';

/** What a request asks for, as IAM would see it. */
export interface Asked {
  readonly operation: string;
  readonly resources: readonly string[];
  readonly input: unknown;
}

/** Reads a request of the JSON protocols, whose operation stands in `X-Amz-Target`. */
export function askedOfDeviceFarm(request: StandInRequest): Asked {
  const { operation, input } = jsonCall(request);
  const arn = input.arn ?? input.projectArn ?? input.ResourceARN ?? '*';
  return { operation, resources: [String(arn)], input };
}

export function askedOfDynamoDb(request: StandInRequest, place: Place): Asked {
  const { operation, input } = jsonCall(request);
  const index = typeof input.IndexName === 'string' ? `/index/${input.IndexName}` : '';
  const names = isRecord(input.RequestItems) ? Object.keys(input.RequestItems) : [String(input.TableName)];
  const resources = names.map((name) => arnOf(place, 'dynamodb', `table/${name}${index}`));
  return { operation, resources, input };
}

export function askedOfSns(request: StandInRequest): Asked {
  const input = Object.fromEntries(readQuery(request));
  return { operation: input.Action ?? '', resources: [input.TopicArn ?? '*'], input };
}

function jsonCall({ headers, body }: StandInRequest): {
  operation: string;
  input: Readonly<Record<string, unknown>>;
} {
  const operation = String(headers['x-amz-target'] ?? '').split('.')[1] ?? '';
  return { operation, input: parse(body.toString()) };
}

/** The parsed body; empty when it is no JSON object, which the service itself refuses. */
function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
