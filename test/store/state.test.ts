import { expect, it } from 'vitest';
import { Diagnostics } from '../../lambda/diagnostics.ts';
import { type ItemKind, State } from '../../lambda/store/state.ts';
import { Table } from '../../lambda/store/table.ts';
import { openTables } from '../support/open-tables.ts';
import { STATE_TABLE, touches } from '../support/table-service.ts';

const COUNTER: ItemKind<number> = {
  prefix: 'counter',
  days: 7,
  parse: (value) => (typeof value === 'number' ? value : undefined),
};
const APART: ItemKind<string> = {
  prefix: 'note',
  partition: 'notes',
  days: 1,
  parse: (value) => (typeof value === 'string' ? value : undefined),
};

async function open() {
  const { dynamo, time, tables, clock } = await openTables();
  const table = new Table(dynamo, STATE_TABLE, time, { msLeft: () => 240_000 });
  return { state: new State(table, time), table, tables, clock };
}

it('gives back what was put, of one kind by id', async () => {
  const { state } = await open();
  await state.put(COUNTER, 'a', 1);
  await state.put(COUNTER, 'b', 2);
  const snapshot = await state.load();
  expect([...snapshot.all(COUNTER)].map(([id, { value }]) => [id, value])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  expect(snapshot.get(COUNTER, 'b')?.value).toBe(2);
  expect(snapshot.get(COUNTER, 'c')).toBeUndefined();
});

it('reads what a sweep needs by one query', async () => {
  const { state, tables } = await open();
  await state.put(COUNTER, 'a', 1);
  const before = tables.calls.length;
  await state.load();
  expect(tables.calls.slice(before).map(({ operation }) => operation)).toEqual(['Query']);
});

it('gives every item an end', async () => {
  const { state, tables, clock } = await open();
  await state.put(COUNTER, 'a', 1);
  await state.claim('once');
  const ends = tables.calls.flatMap(({ input }) => {
    const item = input.Item as { expires?: { N: string } } | undefined;
    return item ? [Number(item.expires?.N)] : [];
  });
  const day = 86_400;
  expect(ends).toEqual([clock.now() / 1000 + 7 * day, clock.now() / 1000 + 100 * day]);
});

it('keeps a kind with a partition of its own out of the snapshot', async () => {
  const { state } = await open();
  await state.put(APART, 'x', 'text');
  expect((await state.load()).get(APART, 'x')).toBeUndefined();
  expect((await state.read(APART, 'x'))?.value).toBe('text');
  expect([...(await state.readAll(APART)).keys()]).toEqual(['x']);
});

it.each([
  ['without its content', { version: 1 }],
  ['with another content', { version: 1, packed: Buffer.from('no gzip') }],
  ['without a version', {}],
])('ignores an item %s, reports it once, and takes the next write', async (_, members) => {
  const { state, table } = await open();
  await table.put({ pk: 'sweep', sk: 'counter#a', ...members });
  const diagnostics = new Diagnostics();

  const snapshot = await state.load();
  expect(snapshot.get(COUNTER, 'a')).toBeUndefined();
  await state.removeMalformed(diagnostics);
  expect(diagnostics.problems).toEqual([
    expect.stringContaining('item counter#a of the state table is malformed'),
  ]);

  const again = new Diagnostics();
  (await state.load()).all(COUNTER);
  await state.removeMalformed(again);
  expect(again.problems).toEqual([]);
  expect(await state.replace(COUNTER, 'a', 5, undefined)).toBe(true);
});

it('overwrites a malformed item when it changes it', async () => {
  const { state, table } = await open();
  await table.put({ pk: 'sweep', sk: 'counter#a', version: 3 });
  expect(await state.change(COUNTER, 'a', (value = 0) => value + 1)).toBe(1);
  expect((await state.read(COUNTER, 'a'))?.value).toBe(1);
});

it('replaces only what nobody has written since', async () => {
  const { state } = await open();
  await state.put(COUNTER, 'a', 1);
  const known = await state.read(COUNTER, 'a');
  expect(await state.replace(COUNTER, 'a', 2, known)).toBe(true);
  expect(await state.replace(COUNTER, 'a', 3, known)).toBe(false);
  expect(await state.replace(COUNTER, 'a', 4, undefined)).toBe(false);
  expect((await state.read(COUNTER, 'a'))?.value).toBe(2);
});

it('loses no change of two writers', async () => {
  const { state } = await open();
  const known = { value: 0, version: 1 };
  await state.put(COUNTER, 'a', 0);
  await Promise.all([1, 2, 3].map((step) => state.change(COUNTER, 'a', (value = 0) => value + step, known)));
  expect((await state.read(COUNTER, 'a'))?.value).toBe(6);
});

it('writes nothing when a change gives back what it got', async () => {
  const { state, tables } = await open();
  await state.put(COUNTER, 'a', 1);
  const before = tables.calls.length;
  await state.change(COUNTER, 'a', (value) => value);
  expect(tables.calls.slice(before).map(({ operation }) => operation)).toEqual(['Query']);
});

it('gives a claim once, and again when its owner died', async () => {
  const { state, clock } = await open();
  expect(await state.claim('threshold')).toBe('claimed');
  expect(await state.claim('threshold')).toBe('taken');
  await clock.advance(4.5 * 60_000);
  expect(await state.claim('threshold')).toBe('taken');
  await clock.advance(1);
  expect(await state.claim('threshold')).toBe('claimed');
  await state.done('threshold');
  expect(await state.claim('threshold')).toBe('told');
  await clock.advance(60 * 60_000);
  expect(await state.claim('threshold')).toBe('told');
});

it('says which table did not answer', async () => {
  const { state, tables } = await open();
  tables.fail({ match: touches('PutItem', 'sweep') });
  await expect(state.put(COUNTER, 'a', 1)).rejects.toThrow(/table GuardState could not be written/);
});

it('begins no call when no time is left', async () => {
  const { dynamo, time, tables } = await openTables();
  const state = new State(new Table(dynamo, STATE_TABLE, time, { msLeft: () => 499 }), time);
  await expect(state.load()).rejects.toThrow(/no time is left/);
  expect(tables.calls).toEqual([]);
});
