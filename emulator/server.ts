import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Message, Reply } from './protocol.ts';

/** Serves on 127.0.0.1. Rejects when the port is taken. */
export function listenOn(port: number, handle: (message: Message) => Promise<Reply>): Promise<Listener> {
  return listen(port, (request, response) => {
    answer(request, response, handle).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (message: Message) => Promise<Reply>,
): Promise<void> {
  const { method, url: path, headers } = request;
  const reply = await handle({ method, path, headers, body: await bodyOf(request) });
  if (reply.kind === 'closed') {
    response.destroy();
    return;
  }
  response.writeHead(reply.status, reply.headers);
  response.end(reply.body);
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A server that is listening. */
export interface Listener {
  /** For an `AWS_ENDPOINT_URL_...` variable. */
  readonly url: string;
  /** Resolves when the port is free and every connection is closed. */
  close(): Promise<void>;
}

/** Serves on a port of 127.0.0.1, on a free one for 0. Rejects when the port is taken. */
export async function listen(port: number, answer: RequestListener): Promise<Listener> {
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { url: urlOf(server), close: () => close(server) };
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
