import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TableService } from './table-service.ts';

const HEADERS = (operation: string) => ({
  'x-amz-target': `DynamoDB_20120810.${operation}`,
  'content-type': 'application/x-amz-json-1.0',
  authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=local',
  'x-amz-date': 'local',
});
const TableName = 'GuardState';
const pk = fc.constantFrom('a', 'b').map((S) => ({ S }));
const sk = fc.constantFrom('x', 'x1', 'x2', 'y').map((S) => ({ S }));
const version = fc.integer({ min: 1, max: 3 }).map((N) => ({ N: String(N) }));

/** What AutoStop and Powertools ask of a table: conditional puts, deletions, updates and queries. */
const operation = fc.oneof(
  fc.record({ pk, sk, version }).map((Item) => ['PutItem', { TableName, Item }] as const),
  fc.record({ pk, sk, version }).map(
    (Item) =>
      [
        'PutItem',
        {
          TableName,
          Item,
          ConditionExpression: 'attribute_not_exists(pk) OR (#v = :v AND #v < :top)',
          ExpressionAttributeNames: { '#v': 'version' },
          ExpressionAttributeValues: { ':v': Item.version, ':top': { N: '3' } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      ] as const,
  ),
  fc.record({ pk, sk }).map((Key) => ['DeleteItem', { TableName, Key }] as const),
  fc.tuple(fc.record({ pk, sk }), version).map(
    ([Key, value]) =>
      [
        'UpdateItem',
        {
          TableName,
          Key,
          UpdateExpression: 'SET #v = :v',
          ExpressionAttributeNames: { '#v': 'version' },
          ExpressionAttributeValues: { ':v': value },
        },
      ] as const,
  ),
  fc
    .tuple(pk, fc.constantFrom('begins_with(#sort, :sort)', '#sort BETWEEN :sort AND :to', '#sort >= :sort'))
    .map(
      ([value, condition]) =>
        [
          'Query',
          {
            TableName,
            ConsistentRead: true,
            KeyConditionExpression: `#key = :key AND ${condition}`,
            ExpressionAttributeNames: { '#key': 'pk', '#sort': 'sk' },
            ExpressionAttributeValues: {
              ':key': value,
              ':sort': { S: 'x1' },
              ...(condition.includes(':to') && { ':to': { S: 'x2' } }),
            },
          },
        ] as const,
    ),
);

it('the fast stand-in for DynamoDB answers as the other one does', async () => {
  const property = fc.asyncProperty(fc.array(operation, { maxLength: 15 }), async (operations) => {
    const [fast, other] = [await TableService.open(true), await TableService.open()];
    for (const [name, input] of operations) {
      const request = {
        method: 'POST',
        path: '/',
        headers: HEADERS(name),
        body: Buffer.from(JSON.stringify(input)),
      };
      const [a, b] = [await fast.answer(request), await other.answer(request)];
      const shown = (reply: typeof a) => {
        if (reply.kind !== 'http') return reply;
        const { Items, Item, __type } = JSON.parse(reply.body);
        return { status: reply.status, Items, Item, __type };
      };
      expect(shown(a)).toEqual(shown(b));
    }
  });
  await fc.assert(property, { numRuns: 40 });
});
