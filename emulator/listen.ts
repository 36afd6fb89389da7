import { createServer, type RequestListener, type Server } from 'node:http';

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
