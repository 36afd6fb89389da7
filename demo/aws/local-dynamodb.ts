import { Readable } from 'node:stream';
import dynalite from 'dynalite';
import type { Reply } from '../../emulator/protocol.ts';
import type { Request } from './server.ts';
import type { TablePlan } from './template.ts';

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const JSON_TYPE = 'application/x-amz-json-1.0';
/** dynalite only looks whether there is a signature. */
const SIGNATURE = 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=local';

/**
 * DynamoDB in memory. Requests are handed to dynalite only when they have arrived as a whole and without a socket: a caller
 * that dies while it asks would otherwise take this process with it.
 */
export class LocalDynamoDb {
  readonly #dynalite = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  readonly #keys = new Map<string, readonly string[]>();

  /** @throws Error with dynalite's reply when it does not take the table. */
  async createTable(plan: TablePlan): Promise<void> {
    await this.#demand('CreateTable', { ...plan.input, TableName: plan.name });
    const { KeySchema } = plan.input;
    this.#keys.set(
      plan.name,
      Array.isArray(KeySchema) ? KeySchema.map((key) => String(key.AttributeName)) : [],
    );
    // Creating takes a turn of the event loop even when it takes no time.
    while (!(await this.#demand('DescribeTable', { TableName: plan.name })).includes('"ACTIVE"'));
  }

  async answer(request: Request): Promise<Reply> {
    const raw = await this.#pass(request);
    return { kind: 'http', ...(await this.#withOldItem(request, raw)) };
  }

  /**
   * DynamoDB adds the item that stood in the way to a failed condition when asked to; dynalite does not know that
   * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html, ReturnValuesOnConditionCheckFailure).
   */
  async #withOldItem(request: Request, raw: Raw): Promise<Raw> {
    if (raw.status !== 400 || !raw.body.includes('#ConditionalCheckFailedException')) return raw;
    const input = JSON.parse(request.body.toString());
    if (input.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') return raw;
    const key = input.Key ?? this.#keyOf(input.TableName, input.Item);
    const found = await this.#demand('GetItem', {
      TableName: input.TableName,
      Key: key,
      ConsistentRead: true,
    });
    const { 'x-amz-crc32': _, 'content-length': __, ...headers } = raw.headers;
    return {
      ...raw,
      headers,
      body: JSON.stringify({ ...JSON.parse(raw.body), Item: JSON.parse(found).Item }),
    };
  }

  #keyOf(table: string, item: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries((this.#keys.get(table) ?? []).map((name) => [name, item[name]]));
  }

  async #demand(operation: string, input: unknown): Promise<string> {
    const headers = {
      'content-type': JSON_TYPE,
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': 'local',
      authorization: SIGNATURE,
    };
    const body = Buffer.from(JSON.stringify(input));
    const raw = await this.#pass({ method: 'POST', path: '/', headers, body });
    if (raw.status === 200) return raw.body;
    throw new Error(`the local DynamoDB refused ${operation}: ${raw.body}`);
  }

  #pass({ method, path, headers, body }: Request): Promise<Raw> {
    return new Promise((resolve) => {
      const request = Object.assign(Readable.from([body]), { method, url: path, headers });
      const sent: Record<string, string> = {};
      const response = {
        statusCode: 200,
        setHeader(name: string, value: unknown) {
          sent[name.toLowerCase()] = String(value);
        },
        end(text = '') {
          resolve({ status: this.statusCode, headers: sent, body: String(text) });
        },
      };
      this.#dynalite.emit('request', request, response);
    });
  }
}
