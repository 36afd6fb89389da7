import { region } from './arn.ts';
import { DeviceFarmError, unreadable } from './errors.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** An HTTP request without its transport. Header names in any case; a string body is UTF-8. */
export interface Message {
  /** @default 'POST' */
  readonly method?: string;
  /** @default '/' */
  readonly path?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array | string;
}

const target = /^DeviceFarm_20150623\.([A-Za-z]+)$/;
const scope = /Credential=[^/,]*\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/;

/** The operation that X-Amz-Target names; empty when it names none of this service. */
export function operationOf(message: Message): string {
  return target.exec(headerOf(message, 'x-amz-target') ?? '')?.[1] ?? '';
}

/** Refuses what never reaches an operation: another method or path, and a signature for another region or service. */
export function checkTransport(message: Message): void {
  if ((message.method ?? 'POST') !== 'POST' || (message.path ?? '/') !== '/') {
    throw new DeviceFarmError(
      'UnknownOperationException',
      `${message.method} ${message.path} is not POST /`,
      404,
    );
  }
  const [, signedRegion, service] = scope.exec(headerOf(message, 'authorization') ?? '') ?? [];
  if (signedRegion !== undefined && (signedRegion !== region || service !== 'devicefarm')) {
    throw new DeviceFarmError(
      'InvalidSignatureException',
      `Credential should be scoped to ${region}/devicefarm, not ${signedRegion}/${service}`,
    );
  }
}

/** The input of an operation; an empty body is an empty input. Throws SerializationException unless it is an object. */
export function readInput(message: Message): JsonObject {
  const text = typeof message.body === 'string' ? message.body : new TextDecoder().decode(message.body);
  const input = text === '' ? {} : parse(text);
  if (isJsonObject(input)) return input;
  throw unreadable('the request body is not a JSON object');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw unreadable(`the request body is not JSON: ${cause.message}`);
    throw cause;
  }
}

function headerOf(message: Message, name: string): string | undefined {
  const found = Object.entries(message.headers).find(([header]) => header.toLowerCase() === name)?.[1];
  return typeof found === 'string' ? found : found?.[0];
}
