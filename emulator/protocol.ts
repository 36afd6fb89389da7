import { region } from './arn.ts';
import { encodeJson, isJsonObject, type JsonObject } from './json.ts';

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
  const { headers } = message;
  const found =
    headers[name] ?? Object.entries(headers).find(([header]) => header.toLowerCase() === name)?.[1];
  return typeof found === 'string' ? found : found?.[0];
}

/** Names that the service's model gives another HTTP status than 400. */
const statuses: Readonly<Record<string, number>> = {
  CannotDeleteException: 409,
  InternalServiceException: 500,
  InternalFailure: 500,
  ServiceUnavailableException: 500,
};

/** An error that the client receives as an AWS JSON error body with `__type` and `message`. */
export class DeviceFarmError extends Error {
  readonly status: number;

  constructor(name: string, message: string, status = statuses[name] ?? 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

export const argumentError = (message: string) => new DeviceFarmError('ArgumentException', message);
export const notFound = (message: string) => new DeviceFarmError('NotFoundException', message);
export const invalid = (message: string) => new DeviceFarmError('ValidationException', message);
export const unreadable = (message: string) => new DeviceFarmError('SerializationException', message);

/** An HTTP reply, or `closed`: the connection ends without one. */
export type Reply =
  | {
      readonly kind: 'http';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'closed' };

/** Thrown by a fault to answer with something else than the operation would. */
export class Interruption extends Error {
  override readonly name: string;
  readonly reply: (stamp: ReplyStamp) => Reply;

  constructor(name: string, reply: (stamp: ReplyStamp) => Reply) {
    super(`the reply was replaced: ${name}`);
    this.name = name;
    this.reply = reply;
  }
}

/** What every reply carries: the emulated time (or the SDK would see clock skew) and an id. */
interface ReplyStamp {
  readonly now: number;
  readonly requestId: string;
}

export function jsonReply(body: JsonObject, stamp: ReplyStamp): Reply {
  return {
    kind: 'http',
    status: 200,
    headers: headersOf('application/x-amz-json-1.1', stamp),
    body: encodeJson(body),
  };
}

export function errorReply(error: DeviceFarmError, stamp: ReplyStamp): Reply {
  const body = encodeJson({ __type: error.name, message: error.message });
  return {
    kind: 'http',
    status: error.status,
    headers: headersOf('application/x-amz-json-1.1', stamp),
    body,
  };
}

/** What a load balancer answers when the service behind it does not. */
export function htmlReply(status: number, stamp: ReplyStamp): Reply {
  const body = `<html><body><h1>${status} Service Unavailable</h1></body></html>`;
  return { kind: 'http', status, headers: headersOf('text/html', stamp), body };
}

function headersOf(contentType: string, { now, requestId }: ReplyStamp): Record<string, string> {
  return { 'content-type': contentType, date: new Date(now).toUTCString(), 'x-amzn-requestid': requestId };
}

/** One request that the emulator received. */
export interface RequestRecord {
  /** Epoch milliseconds of the injected clock. */
  readonly at: number;
  /** Operation of X-Amz-Target; empty when there was none. */
  readonly operation: string;
  /** The parsed body; empty when it could not be read. */
  readonly input: JsonObject;
  /** HTTP status of the reply; undefined until there is one, and for good when the connection was closed instead. */
  status?: number;
  /** Name of the error in the reply, `ConnectionClosed`, or the name of what a hook threw. */
  errorName?: string;
  /** Whether the request changed the state, for example whether a stop had an effect. */
  changed: boolean;
}
