import { LocalDynamoDb } from '../../demo/aws/local-dynamodb.ts';
import type { Reply } from '../../emulator/protocol.ts';
import { isRecord } from '../../lambda/text.ts';
import type { WireRequest } from './in-process.ts';
import { MemoryDynamoDb } from './memory-dynamodb.ts';

export const AUDIT_TABLE = 'AuditTrail';
export const STATE_TABLE = 'GuardState';

/** One call that DynamoDB received, with the HTTP status of its reply. */
export interface TableCall {
  readonly operation: string;
  readonly table: string;
  /** The input as it was sent, with typed attribute values. */
  readonly input: Readonly<Record<string, unknown>>;
  status?: number;
  /** HTTP status that the database itself gave, whatever the caller was told; undefined when it never saw the call. */
  reached?: number;
}

/** What goes wrong. `before`: nothing was written. `after`: it was, and the caller does not learn of it. */
export interface TableFault {
  readonly when?: 'before' | 'after';
  readonly match: (call: TableCall) => boolean;
  /** How many calls it strikes. @default Infinity */
  readonly times?: number;
  /** @default InternalServerError under HTTP 500 */
  readonly error?: { readonly name: string; readonly status: number };
  /** Only waits, before anything is done. */
  readonly until?: () => Promise<unknown>;
  /** Changes the reply instead of failing. */
  readonly rewrite?: (body: Record<string, unknown>, call: TableCall) => unknown;
}

interface Active extends TableFault {
  struck: number;
}

/** DynamoDB in memory with AutoStop's two tables, a log of its calls, and faults. */
export class TableService {
  readonly calls: TableCall[] = [];
  /** Called when a call has been answered. */
  onAnswer: (call: TableCall) => void = () => {};
  readonly #ask: (request: WireRequest, call: TableCall) => Promise<Reply>;
  #faults: Active[] = [];

  private constructor(ask: (request: WireRequest, call: TableCall) => Promise<Reply>) {
    this.#ask = ask;
  }

  /** @param isFast by a stand-in that knows no more than AutoStop uses */
  static async open(isFast = false): Promise<TableService> {
    const [memory, local] = isFast ? [new MemoryDynamoDb()] : [undefined, new LocalDynamoDb()];
    const database = memory ?? local;
    await database.createTable({ name: AUDIT_TABLE, input: auditTable });
    await database.createTable({ name: STATE_TABLE, input: stateTable });
    return new TableService(
      memory ? (_, call) => memory.answer(call.operation, call.input) : (request) => local.answer(request),
    );
  }

  /** Adds a fault; returns a function that ends it. */
  fail(fault: TableFault): () => void {
    const active = { ...fault, struck: 0 };
    this.#faults.push(active);
    return () => {
      this.#faults = this.#faults.filter((other) => other !== active);
    };
  }

  /** Ends all faults. */
  mend(): void {
    this.#faults = [];
  }

  async answer(request: WireRequest): Promise<Reply> {
    const call = read(request);
    this.calls.push(call);
    const fault = this.#strike(call);
    const reply = await this.#reply(request, call, fault);
    if (reply.kind === 'http') call.status = reply.status;
    this.onAnswer(call);
    return reply;
  }

  async #reply(request: WireRequest, call: TableCall, fault: Active | undefined): Promise<Reply> {
    await fault?.until?.();
    if (fault && !fault.rewrite && !fault.until && fault.when !== 'after') return failure(fault);
    const reply = await this.#ask(request, call);
    if (reply.kind === 'http') call.reached = reply.status;
    if (!fault || fault.until) return reply;
    if (!fault.rewrite) return failure(fault);
    if (reply.kind !== 'http') return reply;
    const { 'x-amz-crc32': _, 'content-length': __, ...headers } = reply.headers;
    return { ...reply, headers, body: JSON.stringify(fault.rewrite(JSON.parse(reply.body), call)) };
  }

  #strike(call: TableCall): Active | undefined {
    const fault = this.#faults.find(
      (one) => one.struck < (one.times ?? Number.POSITIVE_INFINITY) && one.match(call),
    );
    if (fault) fault.struck += 1;
    return fault;
  }
}

/** The text of an attribute of the item that a call puts, or of the key that it names. */
export function textIn({ input }: TableCall, attribute: string): string | undefined {
  for (const part of [input.Item, input.Key]) {
    const value = isRecord(part) ? part[attribute] : undefined;
    if (isRecord(value) && typeof value.S === 'string') return value.S;
  }
  return undefined;
}

/** A put of the audit record of that event. */
export function writesEvent(event: string): (call: TableCall) => boolean {
  return (call) =>
    call.table === AUDIT_TABLE && call.operation === 'PutItem' && textIn(call, 'event') === event;
}

/** A call to an item of the state table in that partition. */
export function touches(operation: string, partition: string): (call: TableCall) => boolean {
  return (call) =>
    call.table === STATE_TABLE && call.operation === operation && textIn(call, 'pk') === partition;
}

/** A query of that partition. */
export function queries(partition: string): (call: TableCall) => boolean {
  return ({ operation, input }) =>
    operation === 'Query' && JSON.stringify(input.ExpressionAttributeValues).includes(`"S":"${partition}"`);
}

function read({ headers, body }: WireRequest): TableCall {
  const input: unknown = JSON.parse(body.toString());
  if (!isRecord(input)) throw new TypeError(`${body.toString().slice(0, 100)} is no input of DynamoDB`);
  const [table = ''] = isRecord(input.RequestItems)
    ? Object.keys(input.RequestItems)
    : [String(input.TableName)];
  return { operation: String(headers['x-amz-target']).split('.')[1] ?? '', table, input };
}

function failure({ error = { name: 'InternalServerError', status: 500 } }: TableFault): Reply {
  const body = { __type: `com.amazonaws.dynamodb.v20120810#${error.name}`, message: 'injected fault' };
  return {
    kind: 'http',
    status: error.status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(body),
  };
}

const text = (...names: readonly string[]) =>
  names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
const keys = (hash: string, range: string) => [
  { AttributeName: hash, KeyType: 'HASH' },
  { AttributeName: range, KeyType: 'RANGE' },
];

const auditTable = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: text('subject', 'id', 'day', 'at'),
  KeySchema: keys('subject', 'id'),
  GlobalSecondaryIndexes: [
    { IndexName: 'byDay', KeySchema: keys('day', 'at'), Projection: { ProjectionType: 'ALL' } },
  ],
};
const stateTable = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: text('pk', 'sk'),
  KeySchema: keys('pk', 'sk'),
};
