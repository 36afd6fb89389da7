import type { TablePlan } from '../../demo/aws/template.ts';
import type { Reply } from '../../emulator/protocol.ts';
import { isRecord } from '../../lambda/text.ts';
import type { WireRequest } from './in-process.ts';

type Value = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, Value>>;
type Key = readonly [hash: string, range: string];

interface Table {
  readonly key: Key;
  readonly indexes: ReadonlyMap<string, Key>;
  readonly items: Map<string, Item>;
}

interface Input {
  readonly TableName: string;
  readonly Item: Item;
  readonly Key: Item;
  readonly IndexName?: string;
  readonly KeyConditionExpression: string;
  readonly ConditionExpression?: string;
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
  readonly RequestItems: Readonly<
    Record<string, readonly { readonly PutRequest: { readonly Item: Item } }[]>
  >;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

/**
 * The part of DynamoDB that AutoStop uses, fast enough for many thousand simulated accounts: no pages, no limits, no expiry. A test
 * compares it with the slower stand-in. What it does not know it refuses.
 */
export class MemoryDynamoDb {
  readonly #tables = new Map<string, Table>();

  async createTable({ name, input }: TablePlan): Promise<void> {
    const indexes = Array.isArray(input.GlobalSecondaryIndexes) ? input.GlobalSecondaryIndexes : [];
    this.#tables.set(name, {
      key: keyOf(input.KeySchema),
      indexes: new Map(indexes.map((one) => [one.IndexName, keyOf(one.KeySchema)])),
      items: new Map(),
    });
  }

  async answer({ headers, body }: WireRequest): Promise<Reply> {
    const input: Input = JSON.parse(body.toString());
    const operation = String(headers['x-amz-target']).split('.')[1] ?? '';
    const refusal = this.#refusal(operation, input);
    if (refusal) return reply(400, refusal);
    return reply(200, this.#perform(operation, input));
  }

  #table(name: string): Table {
    const table = this.#tables.get(name);
    if (!table) throw new RangeError(`there is no table ${name}`);
    return table;
  }

  /** Why a condition does not hold. */
  #refusal(operation: string, input: Input): object | undefined {
    if (input.ConditionExpression === undefined || operation === 'Query') return undefined;
    const table = this.#table(input.TableName);
    const before = table.items.get(idOf(table.key, input.Item ?? input.Key));
    if (holds(input.ConditionExpression, before ?? {}, input)) return undefined;
    return {
      __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
      message: 'The conditional request failed',
      ...(input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && before && { Item: before }),
    };
  }

  #perform(operation: string, input: Input): object {
    switch (operation) {
      case 'PutItem':
        this.#put(input.TableName, input.Item);
        return {};
      case 'DeleteItem': {
        const { key, items } = this.#table(input.TableName);
        items.delete(idOf(key, input.Key));
        return {};
      }
      case 'UpdateItem':
        this.#update(input);
        return {};
      case 'BatchWriteItem':
        for (const [name, requests] of Object.entries(input.RequestItems))
          for (const { PutRequest } of requests) this.#put(name, PutRequest.Item);
        return { UnprocessedItems: {} };
      case 'Query':
        return this.#query(input);
      case 'Scan': {
        const Items = [...this.#table(input.TableName).items.values()];
        return { Items, Count: Items.length, ScannedCount: Items.length };
      }
      default:
        throw new RangeError(`${operation} is not played; add it to memory-dynamodb.ts`);
    }
  }

  #put(name: string, item: Item): void {
    const { key, items } = this.#table(name);
    items.set(idOf(key, item), item);
  }

  #update({
    TableName,
    Key,
    UpdateExpression,
    ExpressionAttributeNames = {},
    ExpressionAttributeValues = {},
  }: Input) {
    const { key, items } = this.#table(TableName);
    const id = idOf(key, Key);
    const changes = UpdateExpression.replace(/^SET /, '')
      .split(', ')
      .map((one) => {
        const [name = '', value = ''] = one.split(' = ');
        return [ExpressionAttributeNames[name] ?? name, ExpressionAttributeValues[value] ?? {}] as const;
      });
    items.set(id, { ...Key, ...items.get(id), ...Object.fromEntries(changes) });
  }

  #query(input: Input): object {
    const { key, indexes, items } = this.#table(input.TableName);
    const [hash, range] = input.IndexName === undefined ? key : (indexes.get(input.IndexName) ?? key);
    const found = [...items.values()].filter(
      (item) => item[hash] && item[range] && holds(input.KeyConditionExpression, item, input),
    );
    const Items = found.sort((a, b) => compare(textOf(a[range]), textOf(b[range])));
    return { Items, Count: Items.length, ScannedCount: Items.length };
  }
}

function keyOf(schema: unknown): Key {
  const [hash, range] = Array.isArray(schema) ? schema.filter(isRecord) : [];
  return [String(hash?.AttributeName), String(range?.AttributeName)];
}

function idOf([hash, range]: Key, item: Item): string {
  return JSON.stringify([textOf(item[hash]), textOf(item[range])]);
}

function textOf(value: Value | undefined): string {
  return String(value?.S ?? value?.N ?? '');
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Conditions joined by OR, each of parts joined by AND; parentheses around a part of an OR change nothing then. */
function holds(expression: string, item: Item, input: Input): boolean {
  return expression.split(' OR ').some((either) => {
    const parts = either.replace(/BETWEEN (\S+) AND (\S+)/, 'BETWEEN $1 TO $2').split(' AND ');
    return parts.every((part) => isTrue(withoutGroup(part), item, input));
  });
}

function withoutGroup(part: string): string {
  const inner = part.replace(/^\(/, '');
  const isOpen = inner.split(')').length > inner.split('(').length;
  return isOpen ? inner.slice(0, -1) : inner;
}

function isTrue(part: string, item: Item, input: Input): boolean {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = input;
  const attribute = (name = '') => item[names[name] ?? name];
  const exists = /^attribute_(not_)?exists\(([^)]+)\)$/.exec(part);
  if (exists) return (attribute(exists[2]) === undefined) === (exists[1] === 'not_');
  const begins = /^begins_with\((\S+), (\S+)\)$/.exec(part);
  if (begins) return textOf(attribute(begins[1])).startsWith(textOf(values[begins[2] ?? '']));
  const between = /^(\S+) BETWEEN (\S+) TO (\S+)$/.exec(part);
  if (between) {
    const [own, from, to] = [attribute(between[1]), values[between[2] ?? ''], values[between[3] ?? '']].map(
      textOf,
    );
    return compare(own ?? '', from ?? '') >= 0 && compare(own ?? '', to ?? '') <= 0;
  }
  const [, name, operator, value = ''] = /^(\S+) (=|<|>=) (\S+)$/.exec(part) ?? [];
  const [own, other] = [attribute(name), values[value]];
  if (operator === undefined || !other) throw new RangeError(`condition "${part}" is not played`);
  if (!own) return false;
  if (operator === '=') return JSON.stringify(own) === JSON.stringify(other);
  const difference = 'N' in own ? Number(own.N) - Number(other.N) : compare(textOf(own), textOf(other));
  return operator === '<' ? difference < 0 : difference >= 0;
}

function reply(status: number, body: object): Reply {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { kind: 'http', status, headers, body: JSON.stringify(body) };
}
