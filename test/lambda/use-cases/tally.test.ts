import { describe, expect, it } from 'vitest';
import type { Charge } from '../../../lambda/core/charge.ts';
import { tally } from '../../../lambda/use-cases/tally.ts';
import { charge } from '../../contract/ledger.ts';
import { BEGIN, policyOf, startGuard } from '../../harness/guard-in-process.ts';

const HOUR = 3_600_000;
const DAILY = policyOf({
  rules: [
    {
      id: 'day',
      type: 'budget',
      period: 'day',
      limit: { minutes: 100 },
      thresholds: [{ percent: 100, action: 'notify' }],
    },
  ],
});

/** A charge of so many minutes, an hour old. */
function used(arn: string, total: number, part: Partial<Charge> = {}): Charge {
  return charge({ arn, created: BEGIN - HOUR, minutes: { total, metered: total, unmetered: 0 }, ...part });
}

describe('tally', () => {
  it('adds what is in the ledger, what was settled just now and what is in flight', async () => {
    const { ports } = await startGuard();
    await ports.ledger.add([used('a', 1)]);
    const charges = { settled: [used('b', 2)], unsettled: [used('c', 4, { basis: 'inFlight' })] };

    const { budgets: states } = await tally(ports.ledger, DAILY, charges, BEGIN);

    expect(states).toMatchObject([{ spent: 7, limit: 100 }]);
  });

  it('counts a run once, by its settled minutes, wherever it is known', async () => {
    const { ports } = await startGuard();
    await ports.ledger.add([used('a', 1)]);
    const charges = { settled: [used('a', 1)], unsettled: [used('a', 9, { basis: 'inFlight' })] };

    const { budgets: states } = await tally(ports.ledger, DAILY, charges, BEGIN);

    expect(states).toMatchObject([{ spent: 1 }]);
  });

  it('judges yesterday too while work of yesterday is in flight, each day by its own', async () => {
    const { ports } = await startGuard();
    const yesterday = BEGIN - 24 * HOUR;
    await ports.ledger.add([used('old', 3, { created: yesterday }), used('new', 5)]);
    const charges = { settled: [], unsettled: [used('late', 7, { created: yesterday, basis: 'inFlight' })] };

    const { budgets: states } = await tally(ports.ledger, DAILY, charges, BEGIN);

    expect(states.map(({ spent, period }) => [period.label, spent])).toEqual([
      ['2026-08-06', 10],
      ['2026-08-07', 5],
    ]);
  });

  it('reads the current day for the figures of the account when the policy has no budget', async () => {
    const guard = await startGuard();

    const { budgets: states } = await tally(
      guard.ports.ledger,
      policyOf(),
      { settled: [], unsettled: [] },
      BEGIN,
    );

    expect(states).toEqual([]);
    expect(guard.tables.calls.every(({ operation }) => operation === 'Query')).toBe(true);
    expect(guard.tables.calls.length).toBeGreaterThan(0);
  });
});
