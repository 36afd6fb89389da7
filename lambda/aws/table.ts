import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { AwsCallError } from '../core/errors.ts';
import { describeError } from './describe-error.ts';
import { REAL_TIME, type Time } from './farm/rate-limiter.ts';

type Item = Readonly<Record<string, unknown>>;

/** A condition on a put: an expression with its names (`#...`) and values (`:...`). */
export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Item;
}

export interface Question {
  readonly index?: string;
  /** The partition key's name and value. */
  readonly key: readonly [name: string, value: string];
  /** The sort key's name, and how its value must begin; all when left out. */
  readonly beginsWith?: readonly [name: string, prefix: string];
  /** The sort key's name, and the first value that counts; not together with `beginsWith`. */
  readonly from?: readonly [name: string, first: string];
}

/** Items that one BatchWriteItem takes. */
const BATCH = 25;
/** Times that DynamoDB may leave part of a batch unprocessed before it counts as a failure. */
const BATCH_TRIES = 8;
/** Milliseconds before the second try; doubled for each one after it. */
const FIRST_PAUSE = 50;

/** One DynamoDB table in plain objects. Every failure but a condition that does not hold is an AwsCallError. */
export class Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;
  readonly #time: Time;

  constructor(client: DynamoDBClient, name: string, time: Time = REAL_TIME) {
    this.#client = client;
    this.#name = name;
    this.#time = time;
  }

  /** `false`: the condition did not hold, nothing was written. */
  put(item: Item, condition?: Condition): Promise<boolean> {
    return this.#try('written', async () => {
      const input = {
        TableName: this.#name,
        Item: encode(item),
        ...(condition && {
          ConditionExpression: condition.expression,
          ExpressionAttributeNames: condition.names,
          ExpressionAttributeValues: condition.values && encode(condition.values),
        }),
      };
      try {
        await this.#client.send(new PutItemCommand(input));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    });
  }

  async remove(key: Item): Promise<void> {
    await this.#try('written', () =>
      this.#client.send(new DeleteItemCommand({ TableName: this.#name, Key: encode(key) })),
    );
  }

  /** All items of one partition in the order of their sort keys, all pages; consistent unless it asks an index. */
  async query({ index, key: [name, value], beginsWith, from }: Question): Promise<readonly Item[]> {
    const items: Item[] = [];
    const sort = beginsWith ?? from;
    const condition = beginsWith ? 'begins_with(#sort, :sort)' : '#sort >= :sort';
    let next: Record<string, AttributeValue> | undefined;
    do {
      const input = {
        TableName: this.#name,
        IndexName: index,
        KeyConditionExpression: sort ? `#key = :key AND ${condition}` : '#key = :key',
        ExpressionAttributeNames: { '#key': name, ...(sort && { '#sort': sort[0] }) },
        ExpressionAttributeValues: { ':key': { S: value }, ...(sort && { ':sort': { S: sort[1] } }) },
        ConsistentRead: index === undefined,
        ExclusiveStartKey: next,
      };
      const page = await this.#try('read', () => this.#client.send(new QueryCommand(input)));
      items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
      next = page.LastEvaluatedKey;
    } while (next);
    return items;
  }

  /** Writes many items, replacing those with the same key. No key may come twice. */
  async putAll(items: readonly Item[]): Promise<void> {
    for (let start = 0; start < items.length; start += BATCH) {
      const batch = items.slice(start, start + BATCH);
      await this.#try('written', () =>
        this.#putBatch(batch.map((item) => ({ PutRequest: { Item: encode(item) } }))),
      );
    }
  }

  async #putBatch(requests: WriteRequest[]): Promise<void> {
    let left: Record<string, WriteRequest[]> = { [this.#name]: requests };
    for (let tries = 0; tries < BATCH_TRIES; tries += 1) {
      if (tries > 0) await this.#time.sleep(FIRST_PAUSE * 2 ** (tries - 1));
      const reply = await this.#client.send(new BatchWriteItemCommand({ RequestItems: left }));
      left = reply.UnprocessedItems ?? {};
      if (Object.keys(left).length === 0) return;
    }
    throw new Error(`a batch was left unprocessed ${BATCH_TRIES} times`);
  }

  async #try<T>(what: 'read' | 'written', work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#failure(what, error);
    }
  }

  #failure(what: 'read' | 'written', error: unknown): AwsCallError {
    return new AwsCallError(`table ${this.#name} could not be ${what}`, describeError(error));
  }
}

function encode(item: Item): Record<string, AttributeValue> {
  return marshall(item, { removeUndefinedValues: true });
}
