import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type Listener, listen } from '../../emulator/listen.ts';

/** A request that has arrived as a whole. */
export interface StandInRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An HTTP reply, or `closed`: the connection ends without one. */
export type StandInReply =
  | {
      readonly kind: 'http';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'closed' };

/**
 * Serves one service on a free port of 127.0.0.1. Every reply carries the time of the given clock in `Date`: otherwise an SDK
 * would see clock skew and make each failing call three times.
 */
export function serve(
  now: () => number,
  answer: (request: StandInRequest) => Promise<StandInReply>,
): Promise<Listener> {
  return listen(0, (request, response) => {
    exchange(request, response, now, answer).catch((error: unknown) => fail(response, error));
  });
}

async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  now: () => number,
  answer: (request: StandInRequest) => Promise<StandInReply>,
): Promise<void> {
  const { method = 'GET', url: path = '/', headers } = request;
  const body = await read(request);
  // The caller died while it was asking.
  if (body === undefined) return;
  const reply = await answer({ method, path, headers, body });
  if (reply.kind === 'closed') {
    response.destroy();
    return;
  }
  response.writeHead(reply.status, { date: new Date(now()).toUTCString(), ...reply.headers });
  response.end(reply.body);
}

/** The whole body, or `undefined` when the connection ended before it. */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch (error) {
    if (!request.complete) return undefined;
    throw error;
  }
  return Buffer.concat(chunks);
}

/** A fault of the stand-in itself is shown to the caller, whose SDK reports it. */
function fail(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(500, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ __type: 'InternalFailure', message: `the local stand-in failed: ${message}` }),
  );
}
