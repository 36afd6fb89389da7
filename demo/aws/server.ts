import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from '../../emulator/protocol.ts';
import { type Listener, listen } from '../../emulator/server.ts';
import { isRecord } from '../../lambda/text.ts';

/** A request that has arrived as a whole. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request to the local AWS, as IAM would see it. */
export interface Call {
  /** Epoch milliseconds of the virtual clock. */
  readonly at: number;
  /** The function whose key signed it; absent for callers from outside. */
  readonly functionName?: string;
  readonly service: 'devicefarm' | 'dynamodb' | 'sns' | 'sqs' | 'cloudformation' | 'sts';
  readonly operation: string;
  /** ARNs that IAM would look at; `*` when the operation has none. */
  readonly resources: readonly string[];
  readonly input: Readonly<Record<string, unknown>>;
  /** Bytes of the body. */
  readonly sent: number;
  /** HTTP status of the reply; absent until there is one. */
  status?: number;
  /** Bytes of the body of the reply. */
  received?: number;
}

export interface Services {
  readonly deviceFarm: (request: Request) => Promise<Reply>;
  readonly dynamoDb: (request: Request) => Promise<Reply>;
  readonly sns: (query: URLSearchParams) => Promise<Reply>;
  readonly sqs: (input: Readonly<Record<string, unknown>>) => Promise<Reply>;
  readonly cloudFormation: () => Promise<Reply>;
  readonly sts: (accessKeyId: string) => Promise<Reply>;
}

export interface ServerOptions {
  readonly services: Services;
  readonly now: () => number;
  readonly functionNames: readonly string[];
  /** Beginning of the ARN of a table, up to its name. */
  readonly tablePrefix: string;
  /** Takes every call before it is answered, in the order of arrival. */
  /** Runs before a request is answered; what it throws breaks the connection. */
  readonly onCall: (call: Call) => void | Promise<void>;
  /** Runs when the service has acted, before its reply is sent. */
  readonly onAnswer: (call: Call) => void | Promise<void>;
}

/** The access key id of a function's role: made up, and the same for the same name. */
export function accessKeyOf(functionName: string): string {
  return `ASIA${createHash('sha256').update(functionName).digest('hex').toUpperCase().slice(0, 16)}`;
}

/**
 * All services on one free port of 127.0.0.1. Every reply carries the virtual time in `Date`: otherwise an SDK sees clock skew
 * and makes each failing call three times.
 */
export function serveAws(options: ServerOptions): Promise<Listener> {
  const callers = new Map(options.functionNames.map((name) => [accessKeyOf(name), name]));
  return listen(0, (request, response) => {
    exchange(request, response, options, callers).catch((error: unknown) => {
      // A fault of the stand-in itself is shown to the caller, whose SDK reports it.
      const message = `the local AWS failed: ${error instanceof Error ? error.message : String(error)}`;
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(JSON.stringify({ __type: 'InternalFailure', message }));
    });
  });
}

async function exchange(
  incoming: IncomingMessage,
  response: ServerResponse,
  { services, now, tablePrefix, onCall, onAnswer }: ServerOptions,
  callers: ReadonlyMap<string, string>,
): Promise<void> {
  const body = await read(incoming);
  // The caller died while it was asking.
  if (body === undefined) return;
  const { method = 'GET', url: path = '/', headers } = incoming;
  const request = { method, path, headers, body };
  const asked = ask(request, services, tablePrefix);
  if (!asked) {
    response.writeHead(400, { date: new Date(now()).toUTCString() }).end('no service is meant\n');
    return;
  }
  const { answer, ...what } = asked;
  const functionName = callers.get(keyIdOf(request));
  const call: Call = {
    at: now(),
    ...what,
    sent: body.length,
    ...(functionName === undefined ? {} : { functionName }),
  };
  await onCall(call);
  const reply = await answer();
  await onAnswer(call);
  if (reply.kind === 'closed') {
    response.destroy();
    return;
  }
  call.status = reply.status;
  call.received = Buffer.byteLength(reply.body);
  response.writeHead(reply.status, { date: new Date(now()).toUTCString(), ...reply.headers });
  response.end(reply.body);
}

function keyIdOf({ headers }: Request): string {
  return /Credential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
}

interface Asked extends Pick<Call, 'service' | 'operation' | 'resources' | 'input'> {
  readonly answer: () => Promise<Reply>;
}

/** The JSON protocols name their operation in a header, the query protocol in its form. */
function ask(request: Request, services: Services, tablePrefix: string): Asked | undefined {
  const [target = '', operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
  if (target.startsWith('DeviceFarm_')) {
    const input = parse(request.body);
    const arn = input.arn ?? input.projectArn ?? input.ResourceARN ?? '*';
    const answer = () => services.deviceFarm(request);
    return { service: 'devicefarm', operation, input, resources: [String(arn)], answer };
  }
  if (target.startsWith('DynamoDB_')) {
    const input = parse(request.body);
    const index = typeof input.IndexName === 'string' ? `/index/${input.IndexName}` : '';
    const names = isRecord(input.RequestItems) ? Object.keys(input.RequestItems) : [String(input.TableName)];
    const resources = names.map((name) => `${tablePrefix}${name}${index}`);
    return { service: 'dynamodb', operation, input, resources, answer: () => services.dynamoDb(request) };
  }
  if (target === 'AmazonSQS') {
    const input = parse(request.body);
    const [account, name] = String(input.QueueUrl).split('/').slice(-2);
    const resources = [`arn:aws:sqs:us-west-2:${account}:${name}`];
    // IAM knows the batch by the name of the single call.
    const action = operation.replace(/Batch$/, '');
    return { service: 'sqs', operation: action, input, resources, answer: () => services.sqs(input) };
  }
  const query = new URLSearchParams(request.body.toString());
  const action = query.get('Action');
  if (action === null) return undefined;
  if (action === 'DescribeStacks')
    return {
      service: 'cloudformation',
      operation: action,
      input: {},
      resources: ['*'],
      answer: services.cloudFormation,
    };
  if (action === 'GetCallerIdentity') {
    const answer = () => services.sts(keyIdOf(request));
    return { service: 'sts', operation: action, input: {}, resources: ['*'], answer };
  }
  const resources = [query.get('TopicArn') ?? '*'];
  const input = Object.fromEntries(query);
  return { service: 'sns', operation: action, input, resources, answer: () => services.sns(query) };
}

/** The parsed body; empty when it is no JSON object, which the service itself refuses. */
function parse(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return isRecord(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
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
