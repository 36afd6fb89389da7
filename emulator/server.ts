import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Listener, listen } from './listen.ts';
import type { Message } from './protocol.ts';
import type { Reply } from './reply.ts';

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
