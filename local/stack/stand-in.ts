import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';

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

export interface StandIn {
  /** For an `AWS_ENDPOINT_URL_...` variable. */
  readonly url: string;
  /** Resolves when the port is free and every connection is closed. */
  close(): Promise<void>;
}

/**
 * Serves one service on a free port of 127.0.0.1. Every reply carries the time of the given clock in `Date`: otherwise an SDK
 * would see clock skew and make each failing call three times.
 */
export async function serve(
  now: () => number,
  answer: (request: StandInRequest) => Promise<StandInReply>,
): Promise<StandIn> {
  const server = createServer((request, response) => {
    exchange(request, response, now, answer).catch((error: unknown) => fail(response, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return { url: urlOf(server), close: () => close(server) };
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

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new TypeError(`${address} is not a port of this machine`);
  }
  return `http://127.0.0.1:${address.port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
