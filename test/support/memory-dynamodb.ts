import type { TablePlan } from '../../demo/aws/template.ts';
import type { Reply } from '../../emulator/protocol.ts';
import { isRecord } from '../../lambda/text.ts';

type Value = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, Value>>;
type Key = readonly [hash: string, range: string];

interface Table {
  readonly key: Key;
  readonly indexes: ReadonlyMap<string, Key>;
  /** Items by their range within their hash. */
  readonly items: Map<string, Map<string, Item>>;
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

  async answer(operation: string, given: Readonly<Record<string, unknown>>): Promise<Reply> {
    const input = given as unknown as Input; // As the SDK wrote it.
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
    const before = itemOf(this.#table(input.TableName), input.Item ?? input.Key);
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
        items.get(textOf(input.Key[key[0]]))?.delete(textOf(input.Key[key[1]]));
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
      case 'Scan':
        return found(allOf(this.#table(input.TableName)));
      default:
        throw new RangeError(`${operation} is not played; add it to memory-dynamodb.ts`);
    }
  }

  #put(name: string, item: Item): void {
    const { key, items } = this.#table(name);
    const hash = textOf(item[key[0]]);
    const own = items.get(hash) ?? new Map<string, Item>();
    items.set(hash, own);
    own.set(textOf(item[key[1]]), item);
  }

  #update({
    TableName,
    Key,
    UpdateExpression,
    ExpressionAttributeNames = {},
    ExpressionAttributeValues = {},
  }: Input) {
    const changes = UpdateExpression.replace(/^SET /, '')
      .split(', ')
      .map((one) => {
        const [name = '', value = ''] = one.split(' = ');
        return [ExpressionAttributeNames[name] ?? name, ExpressionAttributeValues[value] ?? {}] as const;
      });
    const before = itemOf(this.#table(TableName), Key);
    this.#put(TableName, { ...Key, ...before, ...Object.fromEntries(changes) });
  }

  #query(input: Input): object {
    const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = input;
    const table = this.#table(input.TableName);
    const [hash, range] =
      input.IndexName === undefined ? table.key : (table.indexes.get(input.IndexName) ?? table.key);
    // The functions name the key by #key, and its value by :key.
    const isOwn = hash === table.key[0] && names['#key'] === hash;
    const own = isOwn ? [...(table.items.get(textOf(values[':key']))?.values() ?? [])] : allOf(table);
    const Items = own.filter(
      (item) => item[hash] && item[range] && holds(input.KeyConditionExpression, item, input),
    );
    return found(Items.sort((a, b) => compare(textOf(a[range]), textOf(b[range]))));
  }
}

function found(Items: readonly Item[]): object {
  return { Items, Count: Items.length, ScannedCount: Items.length };
}

function allOf({ items }: Table): Item[] {
  return [...items.values()].flatMap((own) => [...own.values()]);
}

function itemOf({ key: [hash, range], items }: Table, key: Item): Item | undefined {
  return items.get(textOf(key[hash]))?.get(textOf(key[range]));
}

function keyOf(schema: unknown): Key {
  const [hash, range] = Array.isArray(schema) ? schema.filter(isRecord) : [];
  return [String(hash?.AttributeName), String(range?.AttributeName)];
}

function textOf(value: Value | undefined): string {
  return String(value?.S ?? value?.N ?? '');
}

/** By the bytes of UTF-8, which differ from JavaScript's order only beyond the surrogates. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  if (/[\ud800-\uffff]/.test(a + b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

/** Whether an item fulfils a condition. */
type Condition = (item: Item, input: Input) => boolean;

/** Conditions by their expressions: AutoStop uses a few, many times. */
const conditions = new Map<string, Condition>();

function holds(expression: string, item: Item, input: Input): boolean {
  const known = conditions.get(expression) ?? conditionOf(expression);
  conditions.set(expression, known);
  return known(item, input);
}

/** Conditions joined by OR, each of parts joined by AND; parentheses around a part of an OR change nothing then. */
function conditionOf(expression: string): Condition {
  const groups = expression.split(' OR ').map((either) =>
    either
      .replace(/BETWEEN (\S+) AND (\S+)/, 'BETWEEN $1 TO $2')
      .split(' AND ')
      .map((part) => partOf(withoutGroup(part))),
  );
  return (item, input) => groups.some((parts) => parts.every((part) => part(item, input)));
}

function withoutGroup(part: string): string {
  const inner = part.replace(/^\(/, '');
  const isOpen = inner.split(')').length > inner.split('(').length;
  return isOpen ? inner.slice(0, -1) : inner;
}

function partOf(part: string): Condition {
  const exists = /^attribute_(not_)?exists\(([^)]+)\)$/.exec(part);
  if (exists) {
    const [, not, name = ''] = exists;
    return (item, input) => (attribute(name, item, input) === undefined) === (not !== undefined);
  }
  const begins = /^begins_with\((\S+), (\S+)\)$/.exec(part);
  if (begins) {
    const [, name = '', value = ''] = begins;
    return (item, input) =>
      textOf(attribute(name, item, input)).startsWith(textOf(attributeValue(value, input)));
  }
  const between = /^(\S+) BETWEEN (\S+) TO (\S+)$/.exec(part);
  if (between) {
    const [, name = '', from = '', to = ''] = between;
    return (item, input) => {
      const own = textOf(attribute(name, item, input));
      return (
        compare(own, textOf(attributeValue(from, input))) >= 0 &&
        compare(own, textOf(attributeValue(to, input))) <= 0
      );
    };
  }
  const [, name = '', operator, value = ''] = /^(\S+) (=|<|>=) (\S+)$/.exec(part) ?? [];
  return (item, input) => {
    const [own, other] = [attribute(name, item, input), attributeValue(value, input)];
    if (operator === undefined || !other) throw new RangeError(`condition "${part}" is not played`);
    if (!own) return false;
    if (operator === '=') return isSame(own, other);
    const difference = 'N' in own ? Number(own.N) - Number(other.N) : compare(textOf(own), textOf(other));
    return operator === '<' ? difference < 0 : difference >= 0;
  };
}

function attribute(name: string, item: Item, { ExpressionAttributeNames: names }: Input): Value | undefined {
  return item[names?.[name] ?? name];
}

function attributeValue(name: string, { ExpressionAttributeValues: values }: Input): Value | undefined {
  return values?.[name];
}

function isSame(a: Value, b: Value): boolean {
  return 'S' in a ? a.S === b.S : JSON.stringify(a) === JSON.stringify(b);
}

function reply(status: number, body: object): Reply {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { kind: 'http', status, headers, body: JSON.stringify(body) };
}
