import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  PutItemCommand,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { AwsCallError, describeError, REQUEST_HANDLER, timeForCall } from '../errors.ts';
import { type Deadline, REAL_TIME, type Time } from '../time.ts';

/** An item in plain JavaScript values. */
export type Item = Readonly<Record<string, unknown>>;

/** Items that one BatchWriteItem takes. */
const BATCH = 25;
/** Times that DynamoDB may leave part of a batch unprocessed before it counts as a failure. */
const BATCH_TRIES = 8;
/** Milliseconds before the second try; doubled for each one after it. */
const FIRST_PAUSE = 50;

export function tableClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ requestHandler: REQUEST_HANDLER, ...config });
}

/** One DynamoDB table in plain objects. Every failure but a condition that does not hold is an AwsCallError. */
export class Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;
  readonly #time: Time;
  readonly #deadline: Deadline;

  constructor(client: DynamoDBClient, name: string, time: Time, deadline: Deadline) {
    this.#client = client;
    this.#name = name;
    this.#time = time;
    this.#deadline = deadline;
  }

  /**
   * `false`: the condition did not hold, nothing was written.
   * @param condition an expression with its names (`#...`) and values (`:...`)
   */
  put(
    item: Item,
    condition?: {
      readonly expression: string;
      readonly names?: Readonly<Record<string, string>>;
      readonly values?: Item;
    },
  ): Promise<boolean> {
    const input = {
      TableName: this.#name,
      Item: encode(item),
      ...(condition && {
        ConditionExpression: condition.expression,
        ExpressionAttributeNames: condition.names,
        ExpressionAttributeValues: condition.values && encode(condition.values),
      }),
    };
    return this.#call('written', async (options) => {
      try {
        await this.#client.send(new PutItemCommand(input), options);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    });
  }

  async remove(key: Item): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.#name, Key: encode(key) });
    await this.#call('written', (options) => this.#client.send(command, options));
  }

  /** All items of one partition in the order of their sort keys, all pages; consistent unless it asks an index. */
  async query({
    index,
    key: [name, value],
    sort,
  }: {
    readonly index?: string;
    /** The partition key's name and value. */
    readonly key: readonly [name: string, value: string];
    /** The sort key's name and how its value begins, or its first and last value that count. All when left out. */
    readonly sort?:
      | { readonly name: string; readonly beginsWith: string }
      | { readonly name: string; readonly from: string; readonly to?: string };
  }): Promise<readonly Item[]> {
    const items: Item[] = [];
    const { condition, values } = sortCondition(sort);
    let next: Record<string, AttributeValue> | undefined;
    do {
      const command = new QueryCommand({
        TableName: this.#name,
        IndexName: index,
        KeyConditionExpression: `#key = :key${condition}`,
        ExpressionAttributeNames: { '#key': name, ...(sort && { '#sort': sort.name }) },
        ExpressionAttributeValues: encode({ ':key': value, ...values }),
        ConsistentRead: index === undefined,
        ExclusiveStartKey: next,
      });
      const page = await this.#call('read', (options) => this.#client.send(command, options));
      items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
      next = page.LastEvaluatedKey;
    } while (next);
    return items;
  }

  /** Writes many items, replacing those with the same key. No key may come twice. */
  async putAll(items: readonly Item[]): Promise<void> {
    for (let start = 0; start < items.length; start += BATCH) {
      const batch = items.slice(start, start + BATCH);
      await this.#putBatch(batch.map((item) => ({ PutRequest: { Item: encode(item) } })));
    }
  }

  async #putBatch(requests: WriteRequest[]): Promise<void> {
    let left: Record<string, WriteRequest[]> = { [this.#name]: requests };
    for (let tries = 0; tries < BATCH_TRIES; tries += 1) {
      if (tries > 0) await this.#time.sleep(FIRST_PAUSE * 2 ** (tries - 1));
      const command = new BatchWriteItemCommand({ RequestItems: left });
      const reply = await this.#call('written', (options) => this.#client.send(command, options));
      left = reply.UnprocessedItems ?? {};
      if (Object.keys(left).length === 0) return;
    }
    throw this.#failure('written', new Error(`a batch was left unprocessed ${BATCH_TRIES} times`));
  }

  /** One call that cannot outlive the invocation. */
  async #call<T>(
    what: 'read' | 'written',
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    try {
      return await send({ abortSignal: this.#time.timeout(timeForCall(this.#deadline)) });
    } catch (error) {
      throw this.#failure(what, error);
    }
  }

  #failure(what: 'read' | 'written', error: unknown): AwsCallError {
    return new AwsCallError(`table ${this.#name} could not be ${what}`, describeError(error));
  }
}

/** Stands for a table that nobody named: it is empty, and takes nothing. */
export class NoTable extends Table {
  constructor() {
    super(tableClient({ region: 'us-west-2' }), 'none', REAL_TIME, { msLeft: () => 0 });
  }

  override async query(): Promise<readonly Item[]> {
    return [];
  }

  override async put(): Promise<boolean> {
    return false;
  }
}

function sortCondition(sort: Parameters<Table['query']>[0]['sort']): {
  readonly condition: string;
  readonly values: Item;
} {
  if (!sort) return { condition: '', values: {} };
  if ('beginsWith' in sort)
    return { condition: ' AND begins_with(#sort, :sort)', values: { ':sort': sort.beginsWith } };
  if (sort.to === undefined) return { condition: ' AND #sort >= :sort', values: { ':sort': sort.from } };
  return { condition: ' AND #sort BETWEEN :sort AND :to', values: { ':sort': sort.from, ':to': sort.to } };
}

function encode(item: Item): Record<string, AttributeValue> {
  return marshall(item, { removeUndefinedValues: true });
}
