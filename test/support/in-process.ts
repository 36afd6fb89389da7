import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from '../../emulator/protocol.ts';

/** A request that has arrived as a whole. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const ENCODER = new TextEncoder();

interface SdkRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** A `requestHandler` that hands an SDK client's requests to a stand-in of this process: no sockets, the same protocol. */
export function inProcess(now: () => number, answer: (request: WireRequest) => Promise<Reply>) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle({ method = 'POST', path = '/', headers, body }: SdkRequest) {
      const reply = await answer({ method, path, headers: lowerCased(headers), body: bytesOf(body) });
      if (reply.kind === 'closed')
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'Error' });
      return {
        response: {
          statusCode: reply.status,
          headers: { date: new Date(now()).toUTCString(), ...reply.headers },
          body: ENCODER.encode(reply.body),
        },
      };
    },
    destroy: () => {},
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  const lowered: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) lowered[name.toLowerCase()] = value;
  return lowered;
}

function bytesOf(body: unknown): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  // By its memory: the SDK wraps its bytes so that reading them like text warns.
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError(`a request body of type ${typeof body} cannot be read: send text or bytes`);
}
