import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_MINUTES } from '../../lambda/money.ts';
import { coverage } from '../../lambda/sweep/inventory-listing.ts';
import { type Countable, settleListing } from '../../lambda/sweep/inventory-settle.ts';
import type { ListingMemory, Unsettled } from '../../lambda/sweep/project-memory.ts';
import { DAY, HOUR, MINUTE } from '../../lambda/time.ts';
import { LIFETIME_HOURS } from '../../lambda/usage/settle.ts';
import { metered, NOW, projectArn, runArn, usage } from '../support/samples.ts';
import { minutesOf, FROM as modelFrom, SettleModel, steps, trueRuns } from './settle-model.ts';

const FROM = NOW - 30 * DAY;
const BLANK: ListingMemory = { ahead: [] };
const LAG = 5 * MINUTE;

function countable({ run = 'r1', ...facts }: Partial<Countable> & { readonly run?: string } = {}): Countable {
  return {
    facts: {
      arn: runArn(run),
      kind: 'run',
      project: { arn: projectArn(), name: 'mobile' },
      billing: 'metered',
    },
    completed: false,
    counters: {},
    created: NOW - 2 * HOUR,
    ...facts,
  };
}

function sweep(
  items: readonly Countable[],
  memory: ListingMemory = BLANK,
  before: Readonly<Record<string, Unsettled>> = {},
  { complete = true, at = NOW }: { readonly complete?: boolean; readonly at?: number } = {},
) {
  return settleListing({ items, complete, from: FROM }, memory, before, at);
}

/** What an earlier sweep left unsettled. */
function remembered(run: string, facts: Parameters<typeof usage>[0], rest: Partial<Unsettled> = {}) {
  const arn = runArn(run);
  return { [arn]: { usage: usage({ arn, basis: 'inFlight', ...facts }), ...rest } };
}

function left({ unsettled }: ReturnType<typeof sweep>) {
  return Object.fromEntries(unsettled.map((one) => [one.usage.arn, one]));
}

describe('what a sweep makes of a listing', () => {
  it('estimates work in flight, and settles nothing of it', () => {
    const { settled, unsettled } = sweep([countable({ estimate: metered(75) })]);

    expect(settled).toEqual([]);
    expect(unsettled).toMatchObject([{ usage: { arn: runArn(), minutes: metered(75), basis: 'inFlight' } }]);
  });

  it.each([
    { ago: 14.9, settled: 0 },
    { ago: 15, settled: 1 },
  ])('settles on the counters 15 min after the end: $ago min', ({ ago, settled }) => {
    const ended = countable({ completed: true, counters: metered(30), stopped: NOW - ago * MINUTE });

    const result = sweep([ended]);

    expect(result.settled).toHaveLength(settled);
    expect([...result.settled, ...result.unsettled.map((one) => one.usage)]).toMatchObject([
      { minutes: metered(30), basis: settled ? 'final' : 'inFlight' },
    ]);
  });

  it('counts the time without a reported end from the first sight of COMPLETED', () => {
    const ended = countable({ completed: true, counters: metered(30) });
    const first = sweep([ended]);

    const early = sweep([ended], first.memory, left(first), { at: NOW + 14 * MINUTE });
    const late = sweep([ended], first.memory, left(first), { at: NOW + 15 * MINUTE });

    expect(first.unsettled).toMatchObject([{ completedSince: NOW }]);
    expect(early.unsettled).toEqual(first.unsettled);
    expect(late.settled).toHaveLength(1);
  });

  it.each([
    { ago: DAY - 1, settled: [] },
    { ago: DAY, settled: [{ minutes: metered(42), basis: 'estimated' }] },
  ])('settles on the sum of the jobs when no counters came for a day: $ago ms', ({ ago, settled }) => {
    const ended = { completed: true, stopped: NOW - ago, created: NOW - 26 * HOUR };

    const result = sweep([countable({ ...ended, estimate: metered(42), jobsRead: true })]);

    expect(result.settled).toMatchObject(settled);
  });

  it('remembers that the jobs of an ended run were listed, and settles on their sum later', () => {
    const ended = countable({ completed: true, stopped: NOW - HOUR });
    const first = sweep([{ ...ended, estimate: metered(42), jobsRead: true }]);

    const second = sweep([ended], first.memory, left(first), { at: NOW + 23 * HOUR });

    expect(first.unsettled).toMatchObject([{ jobsRead: true }]);
    expect(second.settled).toMatchObject([{ minutes: metered(42), basis: 'estimated' }]);
  });

  it('does not settle old work without counters before its jobs were listed', () => {
    const ended = countable({ completed: true, stopped: NOW - 25 * HOUR, created: NOW - 27 * HOUR });

    const first = sweep([ended]);
    const listed = { ...ended, estimate: metered(42), jobsRead: true };
    const second = sweep([listed], first.memory, left(first));

    expect(first.settled).toEqual([]);
    expect(second.settled).toMatchObject([{ minutes: metered(42), basis: 'estimated' }]);
  });

  it.each([
    { what: 'watched in flight', before: remembered('r1', { minutes: metered(2_999) }) },
    { what: 'seen for the second time', before: remembered('r1', {}, { completedSince: NOW - MINUTE }) },
  ])('waits for the counters of work that outlived every limit and shows no end: $what', ({ before }) => {
    const ended = countable({ completed: true, created: NOW - 52 * HOUR });

    const first = sweep([ended], BLANK, before);
    const counted = { ...ended, counters: metered(3_000) };
    const second = sweep([counted], first.memory, left(first), { at: NOW + 20 * MINUTE });

    expect(first.settled).toEqual([]);
    expect(second.settled).toMatchObject([{ minutes: metered(3_000), basis: 'final' }]);
  });

  it('settles old work that shows no end on its counters at first sight', () => {
    const ended = countable({ completed: true, created: NOW - 52 * HOUR, counters: metered(30) });

    expect(sweep([ended]).settled).toMatchObject([{ minutes: metered(30), basis: 'final' }]);
  });

  it.each([
    { what: 'still waiting', stopped: NOW - HOUR },
    { what: 'settling', stopped: NOW - 24 * HOUR },
  ])('keeps its last estimate for work that ended without a word of its minutes: $what', ({ stopped }) => {
    const ended = countable({ completed: true, stopped, estimate: NO_MINUTES, jobsRead: true });

    const { settled, unsettled } = sweep([ended], BLANK, remembered('r1', { minutes: metered(100) }));

    const usages = [...settled, ...unsettled.map((one) => one.usage)];
    expect(usages.map(({ minutes }) => minutes)).toEqual([metered(100)]);
  });

  it('does not believe counters of 0 while they may still come', () => {
    const ended = countable({ completed: true, counters: metered(0), stopped: NOW - MINUTE });

    const { unsettled } = sweep([ended], BLANK, remembered('r1', { minutes: metered(100) }));

    expect(unsettled.map((one) => one.usage.minutes)).toEqual([metered(100)]);
  });

  it('places work at its creation as reported, else at its first sight', () => {
    const { created: _, ...silent } = countable();

    const first = sweep([silent]);
    const later = sweep([silent], first.memory, left(first), { at: NOW + HOUR });
    const known = sweep([countable()], first.memory, left(first), { at: NOW + HOUR });

    const createdIn = ({ unsettled }: ReturnType<typeof sweep>) => unsettled.map((one) => one.usage.created);
    expect([first, later, known].map(createdIn)).toEqual([[NOW], [NOW], [NOW - 2 * HOUR]]);
  });

  it('counts ended work without any time in no period, says so once, and goes on', () => {
    const { created: _, ...silent } = countable({ completed: true, counters: metered(5) });

    const first = sweep([silent]);
    const second = sweep([silent], first.memory);

    expect([first.settled, first.unsettled]).toEqual([[], []]);
    expect(first.problems).toEqual([`${runArn()} has no time at all: it counts in no period`]);
    expect(second.problems).toEqual([]);
  });

  it('leaves history that no figure needs alone', () => {
    const old = countable({ completed: true, counters: metered(5), created: FROM - 1, stopped: FROM });

    const { settled, unsettled } = sweep([old]);

    expect([settled, unsettled]).toEqual([[], []]);
  });

  it('records by how much the last estimate in flight was wrong', () => {
    const counters = { total: 43, metered: 42.5, unmetered: 0 };
    const ended = countable({ completed: true, counters, stopped: NOW - MINUTE });
    const waiting = sweep([ended], BLANK, remembered('r1', { minutes: metered(40), remaining: metered(9) }));
    const settled = sweep([ended], waiting.memory, left(waiting), { at: NOW + HOUR });
    const unwatched = sweep([{ ...ended, stopped: NOW - HOUR }]);

    expect(waiting.unsettled).toMatchObject([{ usage: { minutes: counters }, lastEstimate: metered(40) }]);
    expect(waiting.unsettled[0]?.usage.remaining).toBeUndefined();
    expect(settled.settled).toMatchObject([{ estimateError: 2.5 }]);
    expect(unwatched.settled[0]).not.toHaveProperty('estimateError');
  });
});

describe('the watermark', () => {
  const ended = { completed: true, counters: metered(5), stopped: NOW - HOUR };

  it('passes all but the last minutes when everything is settled', () => {
    expect(sweep([countable(ended)]).memory).toEqual({
      settled: { from: FROM, through: NOW - LAG },
      ahead: [],
    });
  });

  it('waits for the oldest unsettled item, and remembers what is settled beyond it', () => {
    const { memory } = sweep([
      countable({ run: 'new', ...ended, created: NOW - HOUR }),
      countable({ run: 'slow', created: NOW - 3 * HOUR }),
      countable({ run: 'old', ...ended, created: NOW - 4 * HOUR }),
    ]);

    expect(memory).toEqual({ settled: { from: FROM, through: NOW - 3 * HOUR }, ahead: [runArn('new')] });
  });

  it('waits for an unsettled item that was not seen', () => {
    const before = remembered('lost', { created: NOW - 3 * HOUR });

    const { memory, unsettled } = sweep([], BLANK, before);

    expect(memory.settled?.through).toBe(NOW - 3 * HOUR);
    expect(unsettled).toEqual(Object.values(before));
  });

  it.each([
    { age: LIFETIME_HOURS * HOUR, isHeld: true },
    { age: LIFETIME_HOURS * HOUR + 1, isHeld: false },
  ])('does not wait for what is older than any run can live: $age ms', ({ age, isHeld }) => {
    const created = NOW - age;

    const { memory, unsettled } = sweep([countable({ created })]);

    expect(memory.settled?.through).toBe(isHeld ? created : NOW - LAG);
    expect(unsettled).toHaveLength(1);
  });

  it('does not move on a partial listing', () => {
    const memory = { settled: { from: FROM, through: NOW - 5 * HOUR }, ahead: [runArn('kept')] };

    const results = [sweep([], memory, {}, { complete: false }), sweep([], BLANK, {}, { complete: false })];

    expect(results.map((result) => result.memory)).toEqual([memory, { ahead: [] }]);
  });

  it('forgets settled work beyond it that a complete listing no longer shows', () => {
    const memory = { settled: { from: FROM, through: NOW - 5 * HOUR }, ahead: [runArn('deleted')] };

    expect(sweep([], memory).memory.ahead).toEqual([]);
  });

  it('does not move back when older work appears', () => {
    const memory = { settled: { from: FROM, through: NOW - HOUR }, ahead: [] };

    const result = sweep([countable({ created: NOW - 5 * HOUR })], memory);

    expect(result.memory.settled?.through).toBe(NOW - HOUR);
    expect(result.unsettled).toHaveLength(1);
  });

  it.each([
    { what: 'that reach further back', settled: { from: FROM + 1, through: NOW - HOUR } },
    { what: 'of a time that it has not come to', settled: { from: FROM - 9 * HOUR, through: FROM - HOUR } },
  ])('begins again with listings $what', ({ settled }) => {
    const memory = { settled, ahead: [] };

    const result = sweep([countable({ ...ended, created: NOW - 5 * HOUR })], memory);

    expect(coverage(memory, FROM)).toBeUndefined();
    expect(result.settled).toHaveLength(1);
    expect(result.memory.settled).toEqual({ from: FROM, through: NOW - LAG });
  });

  it('stands as it is when listings that have to reach further back break off', () => {
    const memory = { settled: { from: FROM + HOUR, through: NOW - HOUR }, ahead: [] };

    expect(sweep([], memory, {}, { complete: false }).memory.settled).toEqual(memory.settled);
  });

  it('still answers for listings that reach less far back', () => {
    const memory = { settled: { from: FROM, through: NOW - HOUR }, ahead: [] };

    const result = settleListing({ items: [], complete: true, from: FROM + HOUR }, memory, {}, NOW);

    expect(result.memory.settled?.from).toBe(FROM);
  });
});

describe('settling over many sweeps', () => {
  it('counts every run once, whatever order the listings come in and whatever they leave out', () => {
    fc.assert(
      fc.property(trueRuns, steps, (runs, steps) => {
        const model = new SettleModel(runs);

        for (const step of steps) model.sweep(step);
      }),
      { numRuns: 300 },
    );
  });

  it('settles every run in the end, on its counters if they ever came', () => {
    fc.assert(
      fc.property(trueRuns, steps, (runs, steps) => {
        const model = new SettleModel(runs);
        for (const step of steps) model.sweep(step);

        for (let quiet = 0; quiet < 20; quiet += 1) {
          model.sweep({ wait: 600, isPartial: false, luck: [0, 0, 0, 0, 0, 0] });
        }

        expect(model.unsettled).toEqual({});
        for (const [index, run] of runs.entries()) {
          const settled = model.ledger.get(runArn(`r${index}`));
          if (run.created >= modelFrom) expect(settled).toBeDefined();
          if (settled && run.countersAfter !== undefined)
            expect(settled).toMatchObject({ minutes: metered(minutesOf(run)), basis: 'final' });
          if (settled && run.tellsCreated) expect(settled.created).toBe(run.created);
        }
      }),
      { numRuns: 200 },
    );
  });
});
