import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../../lambda/diagnostics.ts';
import { readHistories } from '../../lambda/sweep/read-histories.ts';
import { historyKey } from '../../lambda/usage/histories.ts';
import type { Invocation } from '../../lambda/wiring.ts';
import { item, NOW, projectArn } from '../support/samples.ts';
import { openInventory, policyOf } from './open-inventory.ts';

const ELASTIC = policyOf({
  rules: [{ id: 'slow', type: 'elastic', percent: 200, match: { runs: ['nightly'] } }],
});

async function read(items: Parameters<typeof readHistories>[1], policy = ELASTIC) {
  const { services, inTime, tables } = await openInventory();
  const samples = new Map([['Google Pixel 8', [{ job: 'r/0', minutes: 12 }]]]);
  await inTime(() => services.histories.add(projectArn(), 'nightly', samples));
  const before = tables.calls.length;
  const invocation: Invocation = {
    id: 'sweep',
    now: NOW,
    msLeft: () => 60_000,
    policy,
    policyVersion: 'test',
    accountId: '',
    accountName: '',
    diagnostics: new Diagnostics(),
  };
  const histories = await readHistories(services, items, invocation);
  return { histories, calls: tables.calls.length - before };
}

describe('the histories that elastic rules compare with', () => {
  it('are read once for each run name', async () => {
    const items = [item(), item({ arn: 'another' })];

    const { histories, calls } = await read(items);

    expect([...histories]).toEqual([[historyKey(projectArn(), 'nightly', 'Google Pixel 8'), [12]]]);
    expect(calls).toBe(1);
  });

  it.each([
    { what: 'a job that is queued', items: [item({ status: 'PENDING' })], policy: ELASTIC },
    { what: 'a session', items: [item({ kind: 'session', run: undefined })], policy: ELASTIC },
    { what: 'a policy without such a rule', items: [item()], policy: policyOf() },
  ])('are not read for $what', async ({ items, policy }) => {
    expect(await read(items, policy)).toEqual({ histories: new Map(), calls: 0 });
  });
});
