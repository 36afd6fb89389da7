import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsCallError } from '../../lambda/errors.ts';
import type { Usage } from '../../lambda/model.ts';
import { Ledger } from '../../lambda/store/ledger.ts';
import { Table } from '../../lambda/store/table.ts';
import { DAY, HOUR, MINUTE } from '../../lambda/time.ts';
import { openTables } from '../support/open-tables.ts';
import { metered, runArn, usage } from '../support/samples.ts';
import { queries, STATE_TABLE, type TableCall, textIn } from '../support/table-service.ts';

/** A ledger at noon, and more containers of it on the same table. */
async function openLedger() {
  const { clock, tables, dynamo, time } = await openTables();
  const table = new Table(dynamo, STATE_TABLE, time, { msLeft: () => 60_000 });
  const problems: string[] = [];
  const container = () => {
    const ledger = new Ledger(table, time);
    return {
      ledger,
      /** Minutes by run since then, as a sweep reads them; it seals what is to be sealed. */
      async sweep(from = 0) {
        const reading = await ledger.read(from, (what) => problems.push(what));
        await ledger.seal(reading);
        return minutesIn(reading.usages);
      },
      /** The same as a plan reads them. */
      async plan(from = 0) {
        return minutesIn((await ledger.read(from, (what) => problems.push(what))).usages);
      },
    };
  };
  return { clock, tables, table, problems, container, ...container() };
}

function minutesIn(usages: readonly Usage[]): Readonly<Record<string, number>> {
  return Object.fromEntries(usages.map(({ arn, minutes }) => [arn.split('/').at(-1), minutes.total]));
}

const BEGIN = Date.UTC(2026, 7, 7, 12);

function used(run: string, minutes: number, facts: Partial<Usage> = {}): Usage {
  return usage({ arn: runArn(run), created: BEGIN - HOUR, minutes: metered(minutes), ...facts });
}

describe('the ledger', () => {
  it('gives back usage with everything that rules match on', async () => {
    const { ledger } = await openLedger();
    const run = used('a', 1.5, { platform: 'ANDROID', testType: 'APPIUM_NODE', estimateError: -0.5 });
    const { run: _, ...session } = used('b', 2, { kind: 'session', billing: 'unmetered' });
    await ledger.add([run, session]);

    const { usages } = await ledger.read(0, expect.unreachable);

    expect(usages).toEqual([run, session]);
  });

  it.each([
    { from: BEGIN - HOUR, isThere: true },
    { from: BEGIN - HOUR + 1, isThere: false },
  ])('holds what was created from then on: $from', async ({ from, isThere }) => {
    const { ledger, plan } = await openLedger();
    await ledger.add([used('a', 1)]);

    expect(await plan(from)).toEqual(isThere ? { a: 1 } : {});
  });

  it('counts usage that is written again once, in its last form, on whatever day that is', async () => {
    const { ledger, plan, sweep, clock } = await openLedger();
    await ledger.add([used('a', 1, { basis: 'estimated' }), used('a', 2, { basis: 'estimated' })]);
    await ledger.add([used('a', 3, { basis: 'estimated' })]);
    const first = await plan();
    clock.advance(DAY);
    await ledger.add([used('a', 4)]);

    expect([first, await sweep(), await sweep()]).toEqual([{ a: 3 }, { a: 4 }, { a: 4 }]);
  });

  it('takes the history of a month at once, and nothing', async () => {
    const { ledger, plan } = await openLedger();
    const many = Array.from({ length: 130 }, (_, index) =>
      used(`r${index}`, 1, { created: BEGIN - index * 6 * HOUR }),
    );
    await ledger.add([]);
    await ledger.add(many);

    expect(Object.keys(await plan())).toHaveLength(130);
  });

  it('expires as a whole', async () => {
    const { ledger, sweep, clock, tables } = await openLedger();
    await ledger.add([used('a', 1)]);
    clock.advance(DAY);
    await sweep();

    const written = tables.calls.filter(({ operation }) => operation !== 'Query');
    expect(written.map(({ operation }) => operation)).toEqual(['BatchWriteItem', 'PutItem']);
    for (const { input } of written) expect(JSON.stringify(input)).toMatch(/"expires":\{"N":"\d{10}"\}/);
  });
});

/** More than one item holds, though packed. */
const MUCH = Array.from({ length: 300 }, (_, index) =>
  used(`r${index}`, 1, { run: randomBytes(1_400).toString('base64') }),
);

describe('a day of the ledger that is over', () => {
  const MIDNIGHT = 12 * HOUR;

  it.each([
    { after: 20 * MINUTE - 1, isSealed: false },
    { after: 20 * MINUTE, isSealed: true },
  ])(
    'is sealed when nobody can write to it any more: $after ms after midnight',
    async ({ after, isSealed }) => {
      const { ledger, sweep, clock, tables } = await openLedger();
      await ledger.add([used('a', 1)]);
      clock.advance(MIDNIGHT + after);

      await sweep();

      const sealed = tables.calls.filter((call) => textIn(call, 'pk') === 'ledger-sealed');
      expect(sealed).toHaveLength(isSealed ? 1 : 0);
    },
  );

  it('is read once by a container: an idle sweep asks two questions, whose answers are small', async () => {
    const { ledger, sweep, clock, tables } = await openLedger();
    await ledger.add(Array.from({ length: 40 }, (_, index) => used(`r${index}`, 1)));
    clock.advance(DAY);
    await sweep();
    await ledger.add([used('today', 1)]);
    await sweep();
    const before = tables.calls.length;
    const rows: number[] = [];
    tables.fail({
      match: () => true,
      rewrite: (body) => {
        rows.push(Array.isArray(body.Items) ? body.Items.length : -1);
        return body;
      },
    });

    const minutes = await sweep();

    expect(Object.keys(minutes)).toHaveLength(41);
    expect(tables.calls.slice(before).map(({ operation }) => operation)).toEqual(['Query', 'Query']);
    expect(rows).toEqual([0, 1]);
  });

  it('gives the same figures to a new container', async () => {
    const { ledger, sweep, clock, container } = await openLedger();
    await ledger.add([used('a', 1), used('b', 2)]);
    clock.advance(DAY);
    await sweep();
    await ledger.add([used('c', 4)]);

    expect(await container().sweep()).toEqual({ a: 1, b: 2, c: 4 });
    expect(await sweep()).toEqual({ a: 1, b: 2, c: 4 });
  });

  it('takes a straggler that is settled long after, and seals it with the day on which it was written', async () => {
    const { ledger, sweep, clock, container } = await openLedger();
    await ledger.add([used('a', 1)]);
    clock.advance(DAY);
    await sweep();
    await ledger.add([used('late', 2)]);
    const atOnce = await sweep();
    clock.advance(DAY);
    await sweep();

    expect([atOnce, await sweep(), await container().sweep()]).toEqual(Array(3).fill({ a: 1, late: 2 }));
  });

  it('waits for a sweep after a time without any', async () => {
    const { ledger, clock, container } = await openLedger();
    await ledger.add([used('a', 1)]);
    clock.advance(9 * DAY);
    await ledger.add([used('b', 2, { created: BEGIN + 9 * DAY })]);

    // The first of them looks back a day, so it needs nothing of the old day.
    const recent = await container().sweep(BEGIN + 8 * DAY);
    clock.advance(DAY);
    await container().sweep(BEGIN + 9 * DAY);

    expect(recent).toEqual({ b: 2 });
    expect(await container().sweep()).toEqual({ a: 1, b: 2 });
  });

  it('is split where it outgrows an item', async () => {
    const { ledger, sweep, clock, tables, container } = await openLedger();
    await ledger.add(MUCH);
    clock.advance(DAY);

    await sweep();

    const parts = tables.calls.filter((call) => textIn(call, 'pk') === 'ledger-sealed');
    expect(parts).toHaveLength(2);
    for (const { input } of parts) expect(JSON.stringify(input).length).toBeLessThan(400_000 * (4 / 3));
    expect(Object.keys(await container().sweep())).toHaveLength(MUCH.length);
  });

  it('loses nothing when the sweep dies between two parts, and is sealed by the next one', async () => {
    const { ledger, sweep, plan, clock, tables, container } = await openLedger();
    await ledger.add(MUCH);
    clock.advance(DAY);
    const isPart = (call: TableCall) => textIn(call, 'pk') === 'ledger-sealed';
    const revive = tables.fail({
      match: (call) => isPart(call) && textIn(call, 'sk')?.endsWith('#001') === true,
    });
    await expect(sweep()).rejects.toThrow(AwsCallError);
    revive();

    const after = await plan();
    await sweep();
    const fresh = await container().sweep();

    expect(tables.calls.filter((call) => isPart(call) && call.status === 200)).toHaveLength(2);
    expect([Object.keys(after).length, Object.keys(fresh).length]).toEqual([MUCH.length, MUCH.length]);
  });

  it.each([
    {
      what: 'a part',
      pk: 'ledger-sealed',
      sk: '2026-08-07#0000000000000000#000',
      text: /part .* is malformed/,
    },
    { what: 'a row', pk: 'ledger', sk: '2026-08-07#arn', text: /row .* is malformed/ },
  ])('reports $what that is malformed once, and keeps its figures', async ({ pk, sk, text }) => {
    const { ledger, sweep, clock, table, problems, container } = await openLedger();
    await ledger.add([used('a', 1)]);
    const minutes = { total: Number.NaN, metered: 1, unmetered: 0 };
    await table.put({
      pk,
      sk,
      of: 1,
      packed: new Uint8Array([1, 2, 3]),
      usage: { minutes: String(minutes) },
    });
    clock.advance(DAY);

    const figures = [await sweep(), await sweep(), await container().sweep()];

    expect(figures).toEqual(Array(3).fill({ a: 1 }));
    expect(problems).toEqual([expect.stringMatching(text)]);
  });

  it('is sealed again when what was sealed is damaged', async () => {
    const { ledger, sweep, clock, table, tables, container } = await openLedger();
    await ledger.add([used('a', 1)]);
    clock.advance(DAY);
    await sweep();
    const [sealed] = tables.calls.filter((call) => textIn(call, 'pk') === 'ledger-sealed');
    const sk = sealed && textIn(sealed, 'sk');
    await table.put({ pk: 'ledger-sealed', sk, of: 1, packed: new Uint8Array([1]) });

    const figures = [await container().sweep(), await container().sweep()];
    const before = tables.calls.length;
    await container().sweep();

    expect(figures).toEqual([{ a: 1 }, { a: 1 }]);
    expect(tables.calls.slice(before).map(({ operation }) => operation)).toEqual(['Query', 'Query']);
  });

  it('does not make figures of an empty ledger when the table does not answer', async () => {
    const { ledger, tables, plan } = await openLedger();
    await ledger.add([used('a', 1)]);
    tables.fail({ match: queries('ledger') });

    await expect(plan()).rejects.toThrow(AwsCallError);
  });
});

/** What one container does in a round, in this order; its invocation dies with the first call that fails. */
const deeds = fc.array(
  fc.oneof(
    fc.record({ add: fc.uniqueArray(fc.nat(8), { minLength: 1, maxLength: 4 }) }),
    fc.constant('read'),
  ),
  { maxLength: 3 },
);
/** Two containers at once, calls of theirs that fail, and the minutes that pass meanwhile and afterwards. */
const round = fc.record({
  deeds: fc.tuple(deeds, deeds),
  failing: fc.array(
    fc.record({ call: fc.nat(12), when: fc.constantFrom('before' as const, 'after' as const) }),
    { maxLength: 2 },
  ),
  during: fc.nat(14),
  after: fc.constantFrom(0, 5, 21, 60, 12 * 60),
});

describe('two sweeps on one ledger', () => {
  it('read all that was written, whatever else writes, seals or dies meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(round, { minLength: 1, maxLength: 5 }), async (s, rounds) => {
        const { clock, tables, container } = await openLedger();
        clock.advance(11.75 * HOUR);
        const containers = [container(), container()] as const;
        const surely = new Set<string>();
        const perhaps = new Set<string>();
        /** A run has as many minutes as its name says: a wrong form would show. */
        const act = async (
          { ledger, sweep }: (typeof containers)[0],
          all: typeof deeds extends fc.Arbitrary<infer T> ? T : never,
        ) => {
          for (const deed of all) {
            if (typeof deed === 'string') {
              const before = [...surely];
              const found = Object.keys(await sweep());
              expect(found).toEqual(expect.arrayContaining(before));
              expect([...perhaps]).toEqual(expect.arrayContaining(found));
            } else {
              const names = deed.add.map(String);
              for (const name of names) perhaps.add(name);
              await ledger.add(names.map((name) => used(name, Number(name))));
              for (const name of names) surely.add(name);
            }
          }
        };

        for (const { deeds: both, failing, during, after } of rounds) {
          const first = tables.calls.length;
          const error = { name: 'ValidationException', status: 400 };
          const faults = failing.map(({ call, when }) =>
            tables.fail({ when, error, times: 1, match: () => tables.calls.length - 1 === first + call }),
          );
          const order = tables.fail({ match: () => true, until: () => s.schedule(Promise.resolve()) });
          const acts = both.map((all, index) =>
            act(containers[index === 0 ? 0 : 1], all).catch((dead) => {
              if (!(dead instanceof AwsCallError)) throw dead;
            }),
          );
          const time = s.schedule(Promise.resolve()).then(() => clock.advance(during * MINUTE));
          await s.waitFor(Promise.all([...acts, time]));
          for (const end of [order, ...faults]) end();
          clock.advance(after * MINUTE);
        }

        const figures = [await containers[0].sweep(), await containers[1].sweep(), await container().sweep()];
        for (const minutes of figures) {
          expect(Object.keys(minutes)).toEqual(expect.arrayContaining([...surely]));
          for (const [name, total] of Object.entries(minutes)) expect(total).toBe(Number(name));
        }
        expect(new Set(figures.map((minutes) => JSON.stringify(Object.keys(minutes).toSorted()))).size).toBe(
          1,
        );
      }),
      { numRuns: 15 },
    );
  });
});
