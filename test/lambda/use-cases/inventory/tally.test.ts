import { describe, expect, it } from 'vitest';
import { Table } from '../../../../lambda/aws/table.ts';
import type { Charge } from '../../../../lambda/core/charge.ts';
import { AwsCallError } from '../../../../lambda/core/errors.ts';
import { tally } from '../../../../lambda/use-cases/inventory/tally.ts';
import { Problems } from '../../../../lambda/use-cases/problems.ts';
import { charge } from '../../../contract/ledger.ts';
import { BEGIN, policyOf, startGuard } from '../../../harness/guard-in-process.ts';
import { queries, STATE_TABLE, touches } from '../../../harness/table-service.ts';

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

    const { budgets: states } = await tally(ports, DAILY, charges, BEGIN, new Problems());

    expect(states).toMatchObject([{ spent: 7, limit: 100 }]);
  });

  it('counts a run once, by its settled minutes, wherever it is known', async () => {
    const { ports } = await startGuard();
    await ports.ledger.add([used('a', 1)]);
    const charges = { settled: [used('a', 1)], unsettled: [used('a', 9, { basis: 'inFlight' })] };

    const { budgets: states } = await tally(ports, DAILY, charges, BEGIN, new Problems());

    expect(states).toMatchObject([{ spent: 1 }]);
  });

  it('judges yesterday too while work of yesterday is in flight, each day by its own', async () => {
    const { ports } = await startGuard();
    const yesterday = BEGIN - 24 * HOUR;
    await ports.ledger.add([used('old', 3, { created: yesterday }), used('new', 5)]);
    const charges = { settled: [], unsettled: [used('late', 7, { created: yesterday, basis: 'inFlight' })] };

    const { budgets: states } = await tally(ports, DAILY, charges, BEGIN, new Problems());

    expect(states.map(({ spent, period }) => [period.label, spent])).toEqual([
      ['2026-08-06', 10],
      ['2026-08-07', 5],
    ]);
  });

  it('reads the current day for the figures of the account when the policy has no budget', async () => {
    const guard = await startGuard();

    const { budgets: states } = await tally(
      guard.ports,
      policyOf(),
      { settled: [], unsettled: [] },
      BEGIN,
      new Problems(),
    );

    expect(states).toEqual([]);
    expect(guard.tables.calls.every(({ operation }) => operation === 'Query')).toBe(true);
    expect(guard.tables.calls.length).toBeGreaterThan(0);
  });
});

describe('tally of days that are over', () => {
  const MONTHLY = policyOf({
    rules: [
      {
        id: 'month',
        type: 'budget',
        period: 'month',
        limit: { minutes: 1_000 },
        match: { runs: ['nightly*'] },
        thresholds: [{ percent: 100, action: 'notify' }],
      },
    ],
  });
  const YESTERDAY = BEGIN - 24 * HOUR;
  const NOTHING = { settled: [], unsettled: [] };
  const readsOf = (day: string) => queries(`ledger#${day}`);

  /** A guard whose ledger has charges of the first days of August, an hour after they were written. */
  async function guardWithDays() {
    const guard = await startGuard();
    const { ports, tables } = guard;
    await ports.ledger.add([
      used('first', 1, { created: Date.UTC(2026, 7, 1) }),
      used('old', 2, { created: YESTERDAY }),
      used('older', 4, { created: YESTERDAY - HOUR, run: 'other' }),
      used('today', 8),
    ]);
    guard.pass(60);
    const problems = new Problems();
    return {
      ...guard,
      problems,
      /** Minutes of the month, and how often each day was read meanwhile. */
      async spent(charges: Parameters<typeof tally>[2] = NOTHING, policy = MONTHLY) {
        const before = tables.calls.length;
        const { budgets } = await tally(
          { ...ports, keeper: ports },
          policy,
          charges,
          guard.clock.now(),
          problems,
        );
        const calls = tables.calls.slice(before);
        const days = ['2026-08-01', '2026-08-06', '2026-08-07'].filter((day) => calls.some(readsOf(day)));
        return { minutes: budgets.at(-1)?.spent, days, calls: calls.length };
      },
    };
  }

  it('reads their charges once, and from then on the current day alone', async () => {
    const { spent } = await guardWithDays();

    const first = await spent();
    const second = await spent();

    expect(first).toMatchObject({ minutes: 11, days: ['2026-08-01', '2026-08-06', '2026-08-07'] });
    expect(second).toEqual({ minutes: 11, days: ['2026-08-07'], calls: 2 });
  });

  it('adds them up anew for a policy that tells other charges apart', async () => {
    const { spent } = await guardWithDays();
    await spent();
    const [rule] = MONTHLY.rules;
    const others = { ...MONTHLY, rules: [{ ...rule, match: { runs: ['*'] } }] } as typeof MONTHLY;

    const changed = await spent(NOTHING, others);

    expect(changed).toMatchObject({ minutes: 15, days: ['2026-08-01', '2026-08-06', '2026-08-07'] });
  });

  it.each([
    { what: 'in flight', part: { basis: 'inFlight' } as const, kind: 'unsettled' },
    { what: 'settled in this sweep', part: {}, kind: 'settled' },
  ])('reads a day one by one while work of it is $what, so that it counts once', async ({ part, kind }) => {
    const { spent } = await guardWithDays();
    await spent();
    const known = used('old', 2, { created: YESTERDAY, ...part });
    const fresh = used('fresh', 16, { created: YESTERDAY, ...part });

    const { minutes, days } = await spent({ ...NOTHING, [kind]: [known, fresh] });

    expect(minutes).toBe(27);
    expect(days).toEqual(['2026-08-06', '2026-08-07']);
  });

  it('sees what is settled late at once, and adds the day up again when it is at rest', async () => {
    const { ports, spent, pass } = await guardWithDays();
    await spent();
    await ports.ledger.add([used('late', 32, { created: YESTERDAY })]);

    const atOnce = await spent();
    const again = await spent();
    pass(20);
    const atRest = await spent();
    const after = await spent();

    expect([atOnce, again, atRest, after].map(({ minutes }) => minutes)).toEqual([43, 43, 43, 43]);
    expect([again, atRest, after].map(({ days }) => days)).toEqual([
      ['2026-08-06', '2026-08-07'],
      ['2026-08-06', '2026-08-07'],
      ['2026-08-07'],
    ]);
  });

  it('misses nothing of a writer who dies between two batches', async () => {
    const { ports, tables, spent, pass } = await guardWithDays();
    await spent();
    const late = Array.from({ length: 30 }, (_, index) => used(`late-${index}`, 1, { created: YESTERDAY }));
    tables.fail({
      match: ({ operation, input }) => operation === 'BatchWriteItem' && holds(input, 'late-29'),
    });
    await expect(ports.ledger.add(late)).rejects.toThrow(AwsCallError);

    const atOnce = await spent();
    pass(20);
    const atRest = await spent();

    expect([atOnce.minutes, atRest.minutes]).toEqual([11 + 25, 11 + 25]);
  });

  it('tells that sums could not be kept, and counts on', async () => {
    const { tables, problems, spent } = await guardWithDays();
    tables.fail({ match: touches('PutItem', 'ledger-day') });

    const first = await spent();
    const second = await spent();

    expect([first.minutes, second.minutes]).toEqual([11, 11]);
    expect(problems.blind).toBe(false);
    expect(problems.all).toContainEqual(expect.stringContaining('the sums of 2026-08-06 could not be kept'));
  });

  it('keeps nothing for a plan', async () => {
    const { ports, tables, clock, problems } = await guardWithDays();
    const before = tables.calls.length;

    const { budgets } = await tally({ ledger: ports.ledger }, MONTHLY, NOTHING, clock.now(), problems);

    expect(budgets).toMatchObject([{ spent: 11 }]);
    expect(tables.calls.slice(before).every(({ operation }) => operation === 'Query')).toBe(true);
  });

  it('makes sums of a day anew when those that are kept cannot be read', async () => {
    const { dynamo, spent } = await guardWithDays();
    await spent();
    const packed = new Uint8Array([1, 2, 3]);
    await new Table(dynamo, STATE_TABLE).put({ pk: 'ledger-day', sk: '2026-08-06', token: 't', packed });

    const first = await spent();
    const second = await spent();

    expect(first).toMatchObject({ minutes: 11, days: ['2026-08-06', '2026-08-07'] });
    expect(second).toMatchObject({ minutes: 11, days: ['2026-08-07'] });
  });
});

function holds(input: unknown, text: string): boolean {
  return JSON.stringify(input).includes(`"${text}"`);
}
