import { describe, expect, it } from 'vitest';
import { pack } from '../../../lambda/aws/state/packed.ts';
import { Table } from '../../../lambda/aws/table.ts';
import { AwsCallError } from '../../../lambda/core/errors.ts';
import { blankMemory } from '../../../lambda/core/inventory/survey.ts';
import { accountMemoryContract } from '../../contract/account-memory.ts';
import { breakerMemoriesContract } from '../../contract/breaker-memories.ts';
import { commandsContract } from '../../contract/commands.ts';
import { heldOrdersContract } from '../../contract/held-orders.ts';
import { ledgerContract } from '../../contract/ledger.ts';
import { lessonsContract } from '../../contract/lessons.ts';
import { openStopsContract } from '../../contract/open-stops.ts';
import { projectMemoriesContract } from '../../contract/project-memories.ts';
import { runHistoryContract } from '../../contract/run-history.ts';
import { stopAllowanceContract } from '../../contract/stop-allowance.ts';
import { tellingsContract } from '../../contract/tellings.ts';
import { watchedStopsContract } from '../../contract/watched-stops.ts';
import { startGuard } from '../../harness/guard-in-process.ts';
import { STATE_TABLE } from '../../harness/table-service.ts';

ledgerContract('the state table', async () => (await startGuard()).ports.ledger);
projectMemoriesContract('the state table', async () => (await startGuard()).ports.memories);
runHistoryContract('the state table', async () => (await startGuard()).ports.history);
openStopsContract('the state table', async () => (await startGuard()).ports.openStops);
commandsContract('the state table', async () => (await startGuard()).ports.commands);
tellingsContract('the state table', async () => {
  const { ports, pass } = await startGuard();
  return { tellings: ports.tellings, pass };
});

accountMemoryContract('the state table', async () => (await startGuard()).ports.account);
watchedStopsContract('the state table', async () => (await startGuard()).ports.watchedStops);
lessonsContract('the state table', async () => {
  const { ports, pass, container, clock } = await startGuard();
  return { lessons: ports.lessons, other: container().ports.lessons, now: clock.now, pass };
});

heldOrdersContract('the state table', async () => (await startGuard()).ports.heldOrders);
breakerMemoriesContract('the state table', async () => (await startGuard()).ports.breaker);
stopAllowanceContract('the state table', async () => {
  const { ports, pass, container } = await startGuard();
  return { allowance: ports.allowance, other: container().ports.allowance, pass };
});

describe('the state table with items of another version', () => {
  it('takes a breaker that it cannot read for one that knows nothing', async () => {
    const { breaker } = await tableWith({
      pk: 'breaker',
      sk: '-',
      version: 2,
      held: { over: 5, opening: {} },
    });

    expect(await breaker.turn((memory) => memory)).toEqual({});
  });

  it('does not take places that it cannot read for free ones', async () => {
    const { allowance } = await tableWith({
      pk: 'stop-allowance',
      sk: '-',
      version: 2,
      held: [{ places: 3 }],
    });

    await expect(allowance.take(1, 1, 0)).rejects.toThrow(AwsCallError);
  });

  async function tableWith(item: Record<string, unknown>) {
    const guard = await startGuard();
    await new Table(guard.dynamo, STATE_TABLE).put(item);
    return guard.ports;
  }

  it('takes a memory that it cannot read for none, and replaces it', async () => {
    const { memories } = await tableWith({ pk: 'project', sk: 'p', version: 3, memory: { projectArn: 'p' } });

    const [found] = [...(await memories.all()).values()];
    const saved = await memories.save(blankMemoryOf(found?.version));

    expect(found).toEqual({ ...blankMemory('p'), version: 3 });
    expect(saved).toBe(true);
    expect((await memories.all()).get('p')?.version).toBe(4);
  });

  it.each([
    { what: 'of no time', charge: { arn: 'r' } },
    { what: 'of no minutes', charge: { arn: 'r', created: 1, minutes: null } },
    { what: 'of minutes without metered ones', charge: { arn: 'r', created: 1, minutes: { total: 5 } } },
  ])('does not count a charge that it cannot read as nothing: one $what', async ({ charge }) => {
    const { ledger } = await tableWith({ pk: 'ledger#2026-08-07', sk: 'r', charge });

    const reading = ledger.between(Date.UTC(2026, 7, 7), Date.UTC(2026, 7, 8));

    await expect(reading).rejects.toThrow(AwsCallError);
  });

  it('takes sums without all minutes for none, and keeps others in their place', async () => {
    const day = Date.UTC(2026, 7, 6);
    const sum = { kind: 'run', project: {}, billing: 'metered', basis: 'final', created: day, microUsd: 1 };
    const packed = pack({
      view: 'any',
      sums: [{ ...sum, minutes: { total: 5, metered: null, unmetered: 0 } }],
    });
    const { ledger } = await tableWith({ pk: 'ledger-day', sk: '2026-08-06', token: 't', packed });

    const seen = (await ledger.days(day)).get(day);
    const kept = await ledger.keepSums(day, { view: 'any', sums: [] }, seen);

    expect(seen).toEqual({ token: 't' });
    expect(kept).toBe(true);
  });

  it('keeps sums of a day of which the item has no token', async () => {
    const day = Date.UTC(2026, 7, 6);
    const { ledger } = await tableWith({ pk: 'ledger-day', sk: '2026-08-06' });

    const kept = await ledger.keepSums(day, { view: 'any', sums: [] }, (await ledger.days(day)).get(day));

    expect(kept).toBe(true);
    expect((await ledger.days(day)).get(day)?.summed).toEqual({ view: 'any', sums: [] });
  });

  it.each([
    { what: 'no settings', held: { readAt: 5 } },
    { what: 'no moment', held: { settings: { unmeteredSlots: { jobs: {}, sessions: {} } } } },
    { what: 'settings without slots', held: { readAt: 5, settings: { unmeteredSlots: { jobs: {} } } } },
  ])('takes an account with $what for one that was never read', async ({ held }) => {
    const { account } = await tableWith({ pk: 'account', sk: 'settings', ...held });

    expect(await account.last()).toBeUndefined();
  });

  it('takes watches and lessons that it cannot read for none', async () => {
    const guard = await startGuard();
    const table = new Table(guard.dynamo, STATE_TABLE);
    await table.put({ pk: 'watched-stop', sk: 'a#long-jobs', watch: { arn: 'a', kind: 'run' } });
    await table.put({ pk: 'lesson', sk: 'long-jobs', held: [{ work: 'a', verdict: 'good' }, 'x'] });

    const found = [await guard.ports.watchedStops.all(), [...(await guard.ports.lessons.all())]];

    expect(found).toEqual([[], [['long-jobs', []]]]);
  });

  it('takes a sample that it cannot read for none', async () => {
    const { history } = await tableWith({ pk: 'history#p#nightly', sk: 'd', samples: [{ job: 1 }, 'x'] });

    const found = await history.of('p', 'nightly');

    expect([...found]).toEqual([['d', []]]);
  });
});

function blankMemoryOf(version = 0) {
  return { ...blankMemory('p'), version };
}
