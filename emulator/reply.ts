import type { DeviceFarmError } from './errors.ts';
import { encodeJson, type JsonObject } from './json.ts';

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
export interface ReplyStamp {
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
