import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { AwsCallError } from '../core/errors.ts';
import { describeError } from './describe-error.ts';

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
}

/** Items that one BatchWriteItem takes. */
const BATCH = 25;
/** Times that DynamoDB may leave part of a batch unprocessed before it counts as a failure. */
const BATCH_TRIES = 8;

/** One DynamoDB table in plain objects. Every failure but a condition that does not hold is an AwsCallError. */
export class Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** `false`: the condition did not hold, nothing was written. */
  async put(item: Item, condition?: Condition): Promise<boolean> {
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
      throw this.#failure('written', error);
    }
  }

  /** By a consistent read. */
  async get(key: Item): Promise<Item | undefined> {
    const input = { TableName: this.#name, Key: encode(key), ConsistentRead: true };
    try {
      const { Item } = await this.#client.send(new GetItemCommand(input));
      return Item && unmarshall(Item);
    } catch (error) {
      throw this.#failure('read', error);
    }
  }

  async remove(key: Item): Promise<void> {
    try {
      await this.#client.send(new DeleteItemCommand({ TableName: this.#name, Key: encode(key) }));
    } catch (error) {
      throw this.#failure('written', error);
    }
  }

  /** All items of one partition in the order of their sort keys, all pages; consistent unless it asks an index. */
  async query({ index, key: [name, value] }: Question): Promise<readonly Item[]> {
    const items: Item[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const input = {
        TableName: this.#name,
        IndexName: index,
        KeyConditionExpression: '#key = :key',
        ExpressionAttributeNames: { '#key': name },
        ExpressionAttributeValues: { ':key': { S: value } },
        ConsistentRead: index === undefined,
        ExclusiveStartKey: from,
      };
      try {
        const reply = await this.#client.send(new QueryCommand(input));
        items.push(...(reply.Items ?? []).map((item) => unmarshall(item)));
        from = reply.LastEvaluatedKey;
      } catch (error) {
        throw this.#failure('read', error);
      }
    } while (from);
    return items;
  }

  /** Writes many items, replacing those with the same key. */
  async putAll(items: readonly Item[]): Promise<void> {
    for (let start = 0; start < items.length; start += BATCH) {
      await this.#putBatch(
        items.slice(start, start + BATCH).map((item) => ({ PutRequest: { Item: encode(item) } })),
      );
    }
  }

  async #putBatch(requests: WriteRequest[]): Promise<void> {
    let left: Record<string, WriteRequest[]> = { [this.#name]: requests };
    for (let tries = 0; tries < BATCH_TRIES; tries += 1) {
      try {
        const reply = await this.#client.send(new BatchWriteItemCommand({ RequestItems: left }));
        left = reply.UnprocessedItems ?? {};
      } catch (error) {
        throw this.#failure('written', error);
      }
      if (Object.keys(left).length === 0) return;
    }
    throw this.#failure('written', new Error(`a batch was left unprocessed ${BATCH_TRIES} times`));
  }

  #failure(what: 'read' | 'written', error: unknown): AwsCallError {
    return new AwsCallError(`table ${this.#name} could not be ${what}`, describeError(error));
  }
}

function encode(item: Item): Record<string, AttributeValue> {
  return marshall(item, { removeUndefinedValues: true });
}
