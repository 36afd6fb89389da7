import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chargeable } from '../../../../lambda/core/inventory/chargeable.ts';
import { charge, coverage } from '../../../../lambda/core/inventory/charging.ts';
import type { ListingMemory, Unsettled } from '../../../../lambda/core/inventory/project-memory.ts';
import { LIFETIME_HOURS } from '../../../../lambda/core/inventory/settle.ts';
import { NO_MINUTES } from '../../../../lambda/core/minutes.ts';
import { ChargingModel, minutesOf, from as modelFrom, steps, trueRuns } from '../charging-model.ts';
import { charge as chargeOf, hour, metered, minute, now, projectArn, runArn } from '../samples.ts';

const from = now - 30 * 24 * hour;
const blank: ListingMemory = { ahead: [] };
const lag = 5 * minute;

function chargeable(facts: Partial<Chargeable> & { readonly run?: string } = {}): Chargeable {
  const { run = 'r1', ...others } = facts;
  return {
    facts: {
      arn: runArn(run),
      kind: 'run',
      project: { arn: projectArn, name: 'mobile' },
      billing: 'metered',
    },
    completed: false,
    counters: {},
    created: now - 2 * hour,
    ...others,
  };
}

function sweep(
  items: readonly Chargeable[],
  memory: ListingMemory = blank,
  before: Readonly<Record<string, Unsettled>> = {},
  { complete = true, at = now }: { complete?: boolean; at?: number } = {},
) {
  return charge({ items, complete, from }, memory, before, at);
}

/** What an earlier sweep left unsettled. */
function remembered(run: string, facts: Parameters<typeof chargeOf>[0], completedSince?: number) {
  const arn = runArn(run);
  const one: Unsettled = {
    charge: chargeOf({ arn, basis: 'inFlight', ...facts }),
    ...(completedSince === undefined ? {} : { completedSince }),
  };
  return { [arn]: one };
}

describe('charge', () => {
  it('estimates work in flight, and settles nothing of it', () => {
    const { settled, unsettled } = sweep([chargeable({ estimate: metered(75) })]);

    expect(settled).toEqual([]);
    expect(unsettled).toMatchObject([{ charge: { arn: runArn(), minutes: metered(75), basis: 'inFlight' } }]);
  });

  it.each([
    { ago: 14.9, settled: 0 },
    { ago: 15, settled: 1 },
  ])('settles on the counters 15 min after the end: $ago min', ({ ago, settled }) => {
    const ended = chargeable({ completed: true, counters: metered(30), stopped: now - ago * minute });

    const result = sweep([ended]);

    expect(result.settled).toHaveLength(settled);
    expect([...result.settled, ...result.unsettled.map((one) => one.charge)]).toMatchObject([
      { minutes: metered(30), basis: settled ? 'final' : 'inFlight' },
    ]);
  });

  it('counts the time without a reported end from the first sight of COMPLETED', () => {
    const ended = chargeable({ completed: true, counters: metered(30) });
    const first = sweep([ended]);
    const [one] = first.unsettled;
    const before = one ? { [one.charge.arn]: one } : {};

    const early = sweep([ended], first.memory, before, { at: now + 14 * minute });
    const late = sweep([ended], first.memory, before, { at: now + 15 * minute });

    expect(one?.completedSince).toBe(now);
    expect(early.unsettled).toEqual([one]);
    expect(late.settled).toHaveLength(1);
  });

  it('settles on the estimate when no counters came for a day', () => {
    const ended = chargeable({ completed: true, stopped: now - 24 * hour, estimate: metered(42) });

    const { settled } = sweep([ended], blank, remembered('r1', {}));

    expect(settled).toMatchObject([{ minutes: metered(42), basis: 'estimated' }]);
  });

  it('gives work that it first sees long after its end one sweep to have its jobs read', () => {
    const ended = chargeable({ completed: true, stopped: now - 25 * hour, created: now - 27 * hour });

    const first = sweep([ended]);
    const before = Object.fromEntries(first.unsettled.map((one) => [one.charge.arn, one]));
    const second = sweep([{ ...ended, estimate: metered(42) }], first.memory, before);

    expect(first.settled).toEqual([]);
    expect(second.settled).toMatchObject([{ minutes: metered(42), basis: 'estimated' }]);
  });

  it.each([
    { what: 'watched in flight', before: remembered('r1', { minutes: metered(2_999) }) },
    { what: 'seen for the second time', before: remembered('r1', {}, now - minute) },
  ])('waits for the counters of work that outlived every limit and tells no end: $what', ({ before }) => {
    const ended = chargeable({ completed: true, created: now - 52 * hour });

    const first = sweep([ended], blank, before);
    const left = Object.fromEntries(first.unsettled.map((one) => [one.charge.arn, one]));
    const counted = { ...ended, counters: metered(3_000) };
    const second = sweep([counted], first.memory, left, { at: now + 20 * minute });

    expect(first.settled).toEqual([]);
    expect(second.settled).toMatchObject([{ minutes: metered(3_000), basis: 'final' }]);
  });

  it('settles old work that tells no end on its counters at first sight', () => {
    const ended = chargeable({ completed: true, created: now - 52 * hour, counters: metered(30) });

    const { settled } = sweep([ended]);

    expect(settled).toMatchObject([{ minutes: metered(30), basis: 'final' }]);
  });

  it.each([
    { what: 'still waiting', stopped: now - hour },
    { what: 'settling', stopped: now - 24 * hour },
  ])('keeps its last estimate for work that ended without a word of its minutes: $what', ({ stopped }) => {
    const ended = chargeable({ completed: true, stopped, estimate: NO_MINUTES });

    const { settled, unsettled } = sweep([ended], blank, remembered('r1', { minutes: metered(100) }));

    const charges = [...settled, ...unsettled.map((one) => one.charge)];
    expect(charges.map(({ minutes }) => minutes)).toEqual([metered(100)]);
  });

  it('does not believe counters of 0 while they may still come', () => {
    const ended = chargeable({ completed: true, counters: metered(0), stopped: now - minute });

    const { unsettled } = sweep([ended], blank, remembered('r1', { minutes: metered(100) }));

    expect(unsettled.map((one) => one.charge.minutes)).toEqual([metered(100)]);
  });

  it('charges to the creation as reported, else to the first sight', () => {
    const { created: _, ...silent } = chargeable();

    const first = sweep([silent]);
    const before = Object.fromEntries(first.unsettled.map((one) => [one.charge.arn, one]));
    const later = sweep([silent], first.memory, before, { at: now + hour });
    const told = sweep([chargeable()], first.memory, before, { at: now + hour });

    const createdIn = ({ unsettled }: ReturnType<typeof sweep>) => unsettled.map((one) => one.charge.created);
    expect([first, later, told].map(createdIn)).toEqual([[now], [now], [now - 2 * hour]]);
  });

  it('charges ended work that tells no time to no period, says so once, and goes on', () => {
    const { created: _, ...silent } = chargeable({ completed: true, counters: metered(5) });

    const first = sweep([silent]);
    const second = sweep([silent], first.memory);

    expect([first.settled, first.unsettled]).toEqual([[], []]);
    expect(first.problems).toEqual([`${runArn()} tells no time at all: it is charged to no period`]);
    expect(second.problems).toEqual([]);
  });

  it('leaves history below its horizon alone', () => {
    const old = chargeable({ completed: true, counters: metered(5), created: from - 1, stopped: from });

    const { settled, unsettled } = sweep([old]);

    expect([settled, unsettled]).toEqual([[], []]);
  });
});

describe('the mark', () => {
  const ended = { completed: true, counters: metered(5), stopped: now - hour };

  it('passes all but the last minutes when everything is settled', () => {
    const { memory } = sweep([chargeable(ended)]);

    expect(memory).toEqual({ settled: { from, through: now - lag }, ahead: [] });
  });

  it('waits for the oldest unsettled item, and remembers what is settled beyond it', () => {
    const { memory } = sweep([
      chargeable({ run: 'new', ...ended, created: now - hour }),
      chargeable({ run: 'slow', created: now - 3 * hour }),
      chargeable({ run: 'old', ...ended, created: now - 4 * hour }),
    ]);

    expect(memory).toEqual({ settled: { from, through: now - 3 * hour }, ahead: [runArn('new')] });
  });

  it('waits for an unsettled item that was not seen', () => {
    const before = remembered('lost', { created: now - 3 * hour });

    const { memory, unsettled } = sweep([], blank, before);

    expect(memory.settled?.through).toBe(now - 3 * hour);
    expect(unsettled).toEqual(Object.values(before));
  });

  it.each([
    { age: LIFETIME_HOURS * hour, isHeld: true },
    { age: LIFETIME_HOURS * hour + 1, isHeld: false },
  ])('does not wait for what is older than any run can live: $age ms', ({ age, isHeld }) => {
    const created = now - age;

    const { memory, unsettled } = sweep([chargeable({ created })]);

    expect(memory.settled?.through).toBe(isHeld ? created : now - lag);
    expect(unsettled).toHaveLength(1);
  });

  it('does not move on a partial listing', () => {
    const memory = { settled: { from, through: now - 5 * hour }, ahead: [runArn('kept')] };

    const results = [sweep([], memory, {}, { complete: false }), sweep([], blank, {}, { complete: false })];

    expect(results.map((result) => result.memory)).toEqual([memory, { ahead: [] }]);
  });

  it('forgets settled work beyond it that a complete listing no longer shows', () => {
    const memory = { settled: { from, through: now - 5 * hour }, ahead: [runArn('deleted')] };

    const result = sweep([], memory);

    expect(result.memory.ahead).toEqual([]);
  });

  it('does not move back when older work appears', () => {
    const memory = { settled: { from, through: now - hour }, ahead: [] };

    const result = sweep([chargeable({ created: now - 5 * hour })], memory);

    expect(result.memory.settled?.through).toBe(now - hour);
    expect(result.unsettled).toHaveLength(1);
  });

  it('begins anew when the listings have to reach further back', () => {
    const memory = { settled: { from: from + 1, through: now - hour }, ahead: [] };

    const result = sweep([chargeable({ ...ended, created: now - 5 * hour })], memory);

    expect(coverage(memory, from)).toBeUndefined();
    expect(result.settled).toHaveLength(1);
    expect(result.memory.settled).toEqual({ from, through: now - lag });
  });

  it('does not answer for a time that it has not come to', () => {
    const memory = { settled: { from: from - 9 * hour, through: from - hour }, ahead: [] };
    const unseen = chargeable({ created: from, completed: true, counters: metered(5), stopped: from + hour });

    const result = sweep([unseen], memory);

    expect(coverage(memory, from)).toBeUndefined();
    expect(result.settled).toHaveLength(1);
    expect(result.memory.settled?.from).toBe(from);
  });

  it('stands as it is when listings that have to reach further back break off', () => {
    const memory = { settled: { from: from + hour, through: now - hour }, ahead: [] };

    expect(sweep([], memory, {}, { complete: false }).memory.settled).toEqual(memory.settled);
  });

  it('still answers for listings that reach less far back', () => {
    const memory = { settled: { from, through: now - hour }, ahead: [] };

    const result = charge({ items: [], complete: true, from: from + hour }, memory, {}, now);

    expect(coverage(memory, from + hour)).toEqual(memory.settled);
    expect(coverage(memory, from)).toEqual(memory.settled);
    expect(result.memory.settled?.from).toBe(from);
  });
});

describe('a listing that was compared with the ledger', () => {
  const ended = (run: string, created: number) =>
    chargeable({ run, created, completed: true, counters: metered(30), stopped: created + hour });
  const memory: ListingMemory = { settled: { from, through: now - hour }, ahead: [runArn('ahead')] };

  function compared(items: readonly Chargeable[], known: readonly string[], held = memory) {
    const listing = { items, complete: true, from, known: new Set(known.map(runArn)) };
    return charge(listing, held, {}, now);
  }

  it.each([
    { what: 'below the mark and known', created: now - 5 * hour, known: true, settled: 0 },
    { what: 'below the mark and not known', created: now - 5 * hour, known: false, settled: 1 },
    { what: 'above the mark and known', created: now - 50 * minute, known: true, settled: 0 },
    { what: 'from before all that counts', created: from - 1, known: false, settled: 0 },
  ])('settles what the ledger misses, whatever the mark says: $what', ({ created, known, settled }) => {
    const item = { ...ended('r1', created), stopped: Math.min(created + hour, now - 20 * minute) };

    const result = compared([item], known ? ['r1'] : []);

    expect(result.settled).toHaveLength(settled);
    expect(result.unsettled).toEqual([]);
  });

  it('settles what was thought to be settled ahead of the mark and is not in the ledger', () => {
    const item = { ...ended('ahead', now - 50 * minute), stopped: now - 20 * minute };

    expect(compared([item], []).settled).toMatchObject([{ arn: runArn('ahead') }]);
    expect(sweep([item], memory).settled).toEqual([]);
  });

  it('does not move the mark back for what it finds below it', () => {
    const inFlight = chargeable({ created: now - 5 * hour, estimate: metered(3) });

    const result = compared([inFlight], []);

    expect(result.memory.settled).toEqual(memory.settled);
    expect(result.unsettled).toHaveLength(1);
  });

  it('remembers after a loss what stands ahead of the mark, so that it is not written again', () => {
    const holds = chargeable({ run: 'r0', created: now - 3 * hour, estimate: metered(3) });
    const after = ended('r1', now - 2 * hour);
    const first = compared([after, holds], ['r1'], blank);

    const second = sweep([after, holds], first.memory, {}, { at: now + minute });

    expect(first.memory.ahead).toEqual([runArn('r1')]);
    expect([...first.settled, ...second.settled]).toEqual([]);
  });
});

describe('charging over many sweeps', () => {
  it('counts every run once, whatever order the listings come in and whatever they leave out', () => {
    fc.assert(
      fc.property(trueRuns, steps, (runs, steps) => {
        const model = new ChargingModel(runs);

        for (const step of steps) model.sweep(step);
      }),
      { numRuns: 500 },
    );
  });

  it('settles every run in the end, on its counters if they ever came', () => {
    fc.assert(
      fc.property(trueRuns, steps, (runs, steps) => {
        const model = new ChargingModel(runs);
        for (const step of steps) model.sweep(step);

        for (let quiet = 0; quiet < 20; quiet += 1) {
          model.sweep({ wait: 600, isPartial: false, luck: [0, 0, 0, 0, 0, 0] });
        }

        expect(model.unsettled).toEqual({});
        for (const [index, run] of runs.entries()) {
          const charged = model.ledger.get(runArn(`r${index}`));
          if (run.created >= modelFrom) expect(charged).toBeDefined();
          if (charged && run.countersAfter !== undefined)
            expect(charged).toMatchObject({ minutes: metered(minutesOf(run)), basis: 'final' });
          if (charged && run.tellsCreated) expect(charged.created).toBe(run.created);
        }
      }),
      { numRuns: 300 },
    );
  });
});
