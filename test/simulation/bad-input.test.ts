import { expect, it } from 'vitest';
import { badInput } from './bad-input.ts';

it('that nobody should send leads to no crash and no stop, and to no long work', async () => {
  const tried = await badInput(1_200, 1);

  expect(tried.flatMap(({ faults }) => faults)).toEqual([]);
  expect(tried.map(({ kind }) => kind)).toEqual(['messages', 'policies', 'replies', 'items']);
});
