import type { Message, Reply } from './protocol.ts';

const ENCODER = new TextEncoder();

interface SdkRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** What an SDK client needs as `requestHandler`. */
export interface InProcessHandler {
  readonly metadata: { readonly handlerProtocol: string };
  handle(request: SdkRequest): Promise<{ response: SdkResponse }>;
  destroy(): void;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
}

/** Answers in the same process. The bodies of replies are bytes, which the SDK reads without a stream. */
export function inProcessHandler(handle: (message: Message) => Promise<Reply>): InProcessHandler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request) => ({ response: await respond(request, handle) }),
    destroy: () => {},
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}

async function respond(
  request: SdkRequest,
  handle: (message: Message) => Promise<Reply>,
): Promise<SdkResponse> {
  const { method, path, headers, body } = request;
  const reply = await handle({ method, path, headers, body: bytesOf(body) });
  if (reply.kind === 'closed') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  return {
    statusCode: reply.status,
    headers: { ...reply.headers },
    body: ENCODER.encode(reply.body),
  };
}

function bytesOf(body: unknown): Uint8Array | string {
  if (body === undefined || body === null) return '';
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  throw new TypeError(`a request body of type ${typeof body} cannot be read: send text or bytes`);
}
