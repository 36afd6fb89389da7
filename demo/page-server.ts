import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type Listener, listen } from '../emulator/server.ts';
import { AuditTrail } from '../lambda/store/audit-trail.ts';
import { Table, tableClient } from '../lambda/store/table.ts';
import { parseObject } from '../lambda/text.ts';
import { REAL_TIME } from '../lambda/time.ts';
import { orderStop } from './outside.ts';
import { PACES, type Pace, readPageState, type Shown } from './page-state.ts';

/** Bytes of the largest body that is read. */
const MAX_BYTES = 2_000;
const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Serves the page on a free port of 127.0.0.1. Only a browser that reads the page itself may order: names that lead here from
 * elsewhere are refused, and an order needs the token that is in the page.
 */
export async function servePage(shown: Shown): Promise<Listener> {
  const { aws } = shown;
  const token = randomUUID();
  const client = tableClient(aws.client);
  const deadline = { msLeft: () => Number.MAX_SAFE_INTEGER };
  const table = new Table(client, aws.plan.output('AuditTableName'), REAL_TIME, deadline);
  const audit = new AuditTrail(table, REAL_TIME);
  const files = new Map([
    ['/', { status: 200, type: HTML, body: fileOf('index.html').replaceAll('{{token}}', token) }],
    ['/page.js', { status: 200, type: 'text/javascript', body: fileOf('page.js') }],
  ]);
  let known: { readonly news: string; readonly reading: Promise<Answer> } | undefined;
  const listener = await listen(0, (request, response) => {
    answer(request)
      .catch((error: unknown) => refusal(500, error instanceof Error ? error.message : String(error)))
      .then(({ status, type, body }) => {
        response.writeHead(status, { ...headersFor(token), 'content-type': type }).end(body);
      });
  });
  const { host, port } = new URL(listener.url);
  const hosts = [host, `localhost:${port}`];
  return {
    url: `${listener.url}/`,
    close: async () => {
      client.destroy();
      await listener.close();
    },
  };

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { method, url: path = '', headers } = request;
    if (!hosts.includes(headers.host ?? '')) return refusal(403, `this page is at ${listener.url} only`);
    if (method === 'POST') {
      const isOurs = headers.origin === undefined || headers.origin === `http://${headers.host}`;
      if (!isOurs || headers['x-token'] !== token)
        return refusal(403, 'only this page may order; load it again');
      const body = await bodyOf(request);
      if (body === undefined) return refusal(413, `send at most ${MAX_BYTES} bytes`);
      return act(path, parseObject(body) ?? {});
    }
    if (method !== 'GET') return refusal(405, 'use GET or POST');
    if (path === '/state') return state();
    return files.get(path) ?? refusal(404, 'there is no such page');
  }

  /** Read once for everybody who asks, until something has happened. */
  function state(): Promise<Answer> {
    const { isStaying, pace } = shown.course;
    const news = [
      aws.clock.now(),
      aws.invocations.length,
      aws.topics.messages.length,
      isStaying,
      pace,
    ].join();
    if (known?.news !== news) {
      const reading = readPageState(shown, audit).then((one) => json(200, one));
      known = { news, reading };
      reading.catch(() => {
        known = undefined;
      });
    }
    return known.reading;
  }

  /** Orders and pace, once the day has been shown: before, they would change what is checked. */
  async function act(path: string, { target, pace }: Readonly<Record<string, unknown>>): Promise<Answer> {
    if (!shown.course.isStaying)
      return refusal(409, 'orders are taken when the morning is over, with "npm start -- --stay"');
    if (path === '/stop' && typeof target === 'string') {
      const order = { target, reason: 'stopped from the page', requestedBy: 'you' };
      return json(200, { messageId: await orderStop(aws, order) });
    }
    if (path === '/pace' && isPace(pace)) {
      shown.course.pace = pace;
      return json(200, {});
    }
    return refusal(400, `send a target to /stop, or a pace to /pace: ${Object.keys(PACES).join(', ')}`);
  }
}

/** On every reply: the page loads nothing from elsewhere, and no other page may hold it in a frame. */
function headersFor(nonce: string) {
  return {
    'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  };
}

function isPace(value: unknown): value is Pace {
  return typeof value === 'string' && Object.hasOwn(PACES, value);
}

function fileOf(name: string): string {
  return readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');
}

function json(status: number, value: unknown): Answer {
  return { status, type: JSON_TYPE, body: JSON.stringify(value) };
}

function refusal(status: number, error: string): Answer {
  return json(status, { error });
}

/** The whole body; `undefined` when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
