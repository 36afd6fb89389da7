import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Message } from './protocol.ts';
import type { Reply } from './reply.ts';

/** A server that is listening. */
export interface Listener {
  /** For AWS_ENDPOINT_URL_DEVICE_FARM. */
  readonly url: string;
  /** Resolves when the port is free and all connections are closed. */
  close(): Promise<void>;
}

/** Serves on 127.0.0.1. Rejects when the port is taken. */
export async function listenOn(
  port: number,
  handle: (message: Message) => Promise<Reply>,
): Promise<Listener> {
  const server = createServer((request, response) => {
    answer(request, response, handle).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new TypeError(`${address} is not a port of this machine`);
  return { url: `http://127.0.0.1:${address.port}`, close: () => closeServer(server) };
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

function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
