import { describe, expect, it } from 'vitest';
import { Table } from '../../../lambda/aws/table.ts';
import { AwsCallError } from '../../../lambda/core/errors.ts';
import { startGuard } from '../../harness/guard-in-process.ts';
import { STATE_TABLE, type TableCall } from '../../harness/table-service.ts';

async function openTable() {
  const guard = await startGuard();
  return { guard, table: new Table(guard.dynamo, STATE_TABLE, guard.clock) };
}

const item = (sk: string, more: object = {}) => ({ pk: 'p', sk, ...more });
const isBatch = ({ operation }: TableCall) => operation === 'BatchWriteItem';

/** The put requests of a batch, as they were sent. */
function requestsOf({ input }: TableCall): unknown[] {
  return Object(input.RequestItems)[STATE_TABLE];
}

describe('Table', () => {
  it('puts, finds and removes by key, and leaves out what is undefined', async () => {
    const { table } = await openTable();
    await table.put(item('a', { n: 1.5, list: ['x'], map: { y: null }, none: undefined }));

    const all = () => table.query({ key: ['pk', 'p'] });
    const found = await all();
    await table.remove(item('a'));

    expect(found).toEqual([item('a', { n: 1.5, list: ['x'], map: { y: null } })]);
    expect(await all()).toEqual([]);
  });

  it('tells a condition that does not hold from a failure', async () => {
    const { table } = await openTable();
    const condition = { expression: '#n = :one', names: { '#n': 'n' }, values: { ':one': 1 } };
    await table.put(item('a', { n: 2 }));

    const refused = await table.put(item('a', { n: 3 }), condition);
    await table.put(item('a', { n: 1 }));
    const taken = await table.put(item('a', { n: 3 }), condition);

    expect([refused, taken]).toEqual([false, true]);
  });

  it('queries all pages of a partition in the order of the sort keys', async () => {
    const { guard, table } = await openTable();
    const big = 'x'.repeat(100_000);
    const keys = Array.from({ length: 25 }, (_, index) => `k${String(index).padStart(2, '0')}`);
    for (const key of keys) await table.put(item(key, { big }));
    await table.put({ pk: 'q', sk: 'k' });

    const found = await table.query({ key: ['pk', 'p'] });

    expect(found.map(({ sk }) => sk)).toEqual(keys);
    expect(guard.tables.calls.filter(({ operation }) => operation === 'Query').length).toBeGreaterThan(1);
  });

  it('writes batches of at most 25', async () => {
    const { guard, table } = await openTable();

    await table.putAll(Array.from({ length: 60 }, (_, index) => item(`k${index}`)));

    const batches = guard.tables.calls.filter(isBatch);
    expect(batches.map((call) => requestsOf(call).length)).toEqual([25, 25, 10]);
    expect(await table.query({ key: ['pk', 'p'] })).toHaveLength(60);
  });

  it('writes again what DynamoDB left unprocessed, and only that', async () => {
    const { guard, table } = await openTable();
    const rewrite = (_: unknown, call: TableCall) => ({
      UnprocessedItems: { [STATE_TABLE]: requestsOf(call).slice(1) },
    });
    guard.tables.fail({ match: isBatch, times: 2, rewrite });

    await table.putAll([item('a'), item('b'), item('c'), item('d')]);

    expect(guard.tables.calls.filter(isBatch).map((call) => requestsOf(call).length)).toEqual([4, 3, 2]);
  });

  it('gives up a batch that is never taken', async () => {
    const { guard, table } = await openTable();
    const rewrite = (_: unknown, call: TableCall) => ({ UnprocessedItems: call.input.RequestItems });
    guard.tables.fail({ match: isBatch, rewrite });

    const writing = table.putAll([item('a')]);

    await expect(writing).rejects.toThrow(AwsCallError);
    expect(guard.tables.calls.filter(isBatch)).toHaveLength(8);
  });

  it.each<[string, (table: Table) => Promise<unknown>]>([
    ['put', (table) => table.put(item('a'))],
    ['remove', (table) => table.remove(item('a'))],
    ['query', (table) => table.query({ key: ['pk', 'p'] })],
    ['putAll', (table) => table.putAll([item('a')])],
  ])('names the table and the error when %s fails', async (_, work) => {
    const { guard, table } = await openTable();
    const error = { name: 'AccessDeniedException', status: 400 };
    guard.tables.fail({ match: () => true, error });

    const working = work(table);

    await expect(working).rejects.toThrow(AwsCallError);
    await expect(working).rejects.toThrow(/^table GuardState could not be (read|written): AccessDenied/);
    await expect(working).rejects.toMatchObject({ error: { kind: 'accessDenied' } });
  });

  it('calls what cannot be stored a failure of the call, not of the program', async () => {
    const { table } = await openTable();

    await expect(table.put(item('a', { n: Number.NaN }))).rejects.toThrow(AwsCallError);
    await expect(table.putAll([item('a', { n: Number.NaN })])).rejects.toThrow(AwsCallError);
  });
});
