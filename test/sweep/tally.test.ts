import { describe, expect, it } from 'vitest';
import { AwsCallError } from '../../lambda/errors.ts';
import type { Usage } from '../../lambda/model.ts';
import type { Policy } from '../../lambda/policy/schema.ts';
import { DAY, HOUR } from '../../lambda/time.ts';
import { metered, runArn, usage } from '../support/samples.ts';
import { queries, textIn, touches } from '../support/table-service.ts';
import { MONTHLY, openInventory, policyOf } from './open-inventory.ts';

const BEGIN = Date.UTC(2026, 7, 7, 12);
const daily = (limit: number) => ({
  id: 'day',
  type: 'budget' as const,
  period: 'day' as const,
  limit: { minutes: limit },
  thresholds: [{ percent: 100, action: 'notify' as const }],
});
const DAILY = policyOf({ rules: [daily(100)] });

/** Usage of so many minutes, an hour old. */
function used(run: string, minutes: number, facts: Partial<Usage> = {}): Usage {
  return usage({ arn: runArn(run), created: BEGIN - HOUR, minutes: metered(minutes), ...facts });
}

/** A ledger, and the tally of a policy on top of it. */
async function openTally(policy: Policy = DAILY) {
  const world = await openInventory({ policy });
  return {
    ...world,
    add: (...usages: readonly Usage[]) => world.inTime(() => world.services.ledger.add(usages)),
    tally: (
      usages: readonly Usage[] = [],
      settled: readonly Usage[] = [],
      how: Parameters<typeof world.tally>[1] = {},
    ) => world.tally({ usages: [...usages, ...settled], settled }, how),
  };
}

describe('the tally', () => {
  it('adds what is in the ledger, what was settled just now and what is in flight', async () => {
    const { add, tally } = await openTally();
    await add(used('a', 1));

    const { budgets } = await tally([used('c', 4, { basis: 'inFlight' })], [used('b', 2)]);

    expect(budgets).toMatchObject([{ spent: 7, limit: 100 }]);
  });

  it.each([
    { what: 'in the ledger and still in flight', here: [used('a', 9, { basis: 'inFlight' })], settled: [] },
    { what: 'in the ledger and settled again', here: [], settled: [used('a', 1)] },
    {
      what: 'estimated in the ledger, in flight, and settled finally',
      here: [used('a', 9, { basis: 'inFlight' })],
      settled: [used('a', 1)],
    },
  ])('counts a run once, by its settled minutes: $what', async ({ here, settled }) => {
    const { add, tally } = await openTally();
    await add(used('a', settled.length > 0 ? 5 : 1, { basis: 'estimated' }));

    const { budgets } = await tally(here, settled);

    expect(budgets).toMatchObject([{ spent: 1 }]);
  });

  it('judges yesterday too while work of yesterday is in flight, each day by its own', async () => {
    const { add, tally } = await openTally();
    const created = BEGIN - DAY;
    await add(used('old', 3, { created }), used('new', 5));

    const { budgets } = await tally([used('late', 7, { created, basis: 'inFlight' })]);

    expect(budgets.map(({ spent, period }) => [period.label, spent])).toEqual([
      ['2026-08-06', 10],
      ['2026-08-07', 5],
    ]);
  });

  it('gives the figures of the account when the policy has no budget', async () => {
    const { add, tally } = await openTally(policyOf());
    await add(used('a', 3), used('old', 5, { created: BEGIN - DAY }));

    const { budgets, lines } = await tally();

    expect(budgets).toEqual([]);
    expect(lines.map(({ project, amounts }) => [project?.name, amounts.minutes.spent])).toEqual([
      [undefined, 3],
      ['mobile', 3],
    ]);
  });

  it('says so when the ledger does not answer', async () => {
    const { tables, tally } = await openTally();
    tables.fail({ match: queries('ledger-sealed') });

    await expect(tally()).rejects.toThrow(AwsCallError);
  });
});

describe('the tally of a month', () => {
  /** Days of usage, one run a day, each written on its day. */
  async function withDays(count: number) {
    const world = await openTally(MONTHLY);
    const begin = world.clock.now();
    for (let day = 0; day < count; day += 1) {
      await world.add(used(`r${day}`, 2 ** day, { created: begin + day * DAY }));
      world.clock.advance(DAY);
      await world.tally();
    }
    const spent = async (...how: Parameters<typeof world.tally>) =>
      (await world.tally(...how)).budgets.at(-1)?.amounts.minutes.spent;
    return { ...world, spent };
  }

  it('asks two questions however long the month is, and says the same to a new container', async () => {
    const { spent, tableCallsDuring, container } = await withDays(5);
    const figures: (number | undefined)[] = [];

    const calls = await tableCallsDuring(async () => {
      figures.push(await spent());
    });
    const { budgets } = await container().tally({ usages: [], settled: [] });
    figures.push(budgets[0]?.amounts.minutes.spent);

    expect(calls).toEqual(['Query ledger-sealed', 'Query ledger']);
    expect(figures).toEqual([31, 31]);
  });

  it('does not depend on the policy that sealed the days', async () => {
    const world = await withDays(3);
    const other = policyOf({
      rules: [{ ...daily(100), period: 'month', match: { runs: ['r1*', 'nightly'] } }],
    });

    const { budgets } = await world.tally([], [], { policy: other });

    expect(budgets).toMatchObject([{ spent: 7 }]);
  });

  it('reports that days could not be sealed, and counts on', async () => {
    const { tables, clock, add, tally, spent } = await withDays(1);
    await add(used('late', 2));
    clock.advance(DAY);
    tables.fail({ match: touches('PutItem', 'ledger-sealed') });

    const { problems } = await tally();

    expect(await spent()).toBe(3);
    expect(problems).toEqual([expect.stringContaining('days of the ledger could not be sealed')]);
  });

  it('seals nothing for a plan', async () => {
    const { tables, clock, add, spent } = await withDays(1);
    await add(used('late', 2));
    clock.advance(DAY);
    const before = tables.calls.filter((call) => textIn(call, 'pk') === 'ledger-sealed').length;

    const figure = await spent([], [], { write: false });

    expect(figure).toBe(3);
    expect(tables.calls.filter((call) => textIn(call, 'pk') === 'ledger-sealed')).toHaveLength(before);
  });
});
