import fc from 'fast-check';
import { expect } from 'vitest';
import type { Charge } from '../../../lambda/core/charge.ts';
import type { Chargeable } from '../../../lambda/core/inventory/chargeable.ts';
import { charge, coverage } from '../../../lambda/core/inventory/charging.ts';
import type { ListingMemory, Unsettled } from '../../../lambda/core/inventory/project-memory.ts';
import { LIFETIME_HOURS } from '../../../lambda/core/inventory/settle.ts';
import { hour, metered, minute, now, projectArn, runArn } from './samples.ts';

/** One run as it really is. Times are epoch milliseconds. */
export interface TrueRun {
  readonly created: number;
  readonly started: number;
  readonly ended: number;
  readonly tellsCreated: boolean;
  readonly tellsEnd: boolean;
  /** Minutes after the end until the counters appear; absent: never. */
  readonly countersAfter?: number;
}

/** One sweep: how long after the last, and what it gets to see. */
export interface Step {
  readonly wait: number;
  /** A listing cut short; which runs it shows is in `luck`. */
  readonly isPartial: boolean;
  /** By run: whether a partial listing shows it, a single read succeeds, and where in the listing it stands. */
  readonly luck: readonly number[];
}

/** Where the listings begin: some runs are older. */
export const from = now - 48 * hour;
const MOST_RUNS = 6;

export const trueRun: fc.Arbitrary<TrueRun> = fc
  .record({
    created: fc.integer({ min: -60 * 60, max: 20 * 60 }),
    queued: fc.nat(120),
    ran: fc.integer({ min: 1, max: 3_000 }),
    tellsCreated: fc.boolean(),
    tellsEnd: fc.boolean(),
    countersAfter: fc.option(fc.nat(20), { nil: undefined }),
  })
  .map(({ created, queued, ran, ...says }) => ({
    ...says,
    created: now + created * minute,
    started: now + (created + queued) * minute,
    ended: now + (created + queued + ran) * minute,
  }));

export const trueRuns = fc.array(trueRun, { maxLength: MOST_RUNS });

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    wait: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 600 })),
    isPartial: fc.boolean(),
    luck: fc.array(fc.nat(99), { minLength: MOST_RUNS, maxLength: MOST_RUNS }),
  }),
  { maxLength: 15 },
);

/** The service, one listing of it, and the guard's memory; holds the invariants after every sweep. */
export class ChargingModel {
  readonly ledger = new Map<string, Charge>();
  memory: ListingMemory = { ahead: [] };
  unsettled: Readonly<Record<string, Unsettled>> = {};
  now = now;
  readonly #runs: readonly TrueRun[];

  constructor(runs: readonly TrueRun[]) {
    this.#runs = runs;
  }

  sweep({ wait, isPartial, luck }: Step): void {
    this.now += wait * minute;
    const before = this.memory;
    const items = isPartial ? this.#partial(luck) : this.#complete(luck);
    const shuffled = items.toSorted((a, b) => (luck[a] ?? 0) - (luck[b] ?? 0)).map((run) => this.#item(run));
    const result = charge({ items: shuffled, complete: !isPartial, from }, before, this.unsettled, this.now);
    for (const settled of result.settled) {
      expect(this.ledger.has(settled.arn), `${settled.arn} is charged twice`).toBe(false);
      this.ledger.set(settled.arn, settled);
    }
    this.memory = result.memory;
    this.unsettled = Object.fromEntries(result.unsettled.map((one) => [one.charge.arn, one]));
    if (isPartial) expect(this.memory.settled).toEqual(before.settled);
    this.#holdInvariants(before);
    if (!isPartial) this.#allVisibleCountOnce();
  }

  #partial(luck: readonly number[]): number[] {
    return this.#visible().filter((run) => (luck[run] ?? 0) < 50);
  }

  /** Down to the mark, perhaps more, and the unsettled rest one by one as far as it can be read. */
  #complete(luck: readonly number[]): number[] {
    const until = coverage(this.memory, from)?.through ?? from;
    return this.#visible().filter((run) => {
      const truth = this.#runs[run];
      const isLucky = (luck[run] ?? 0) < 50;
      return truth && (!truth.tellsCreated || truth.created >= until || isLucky);
    });
  }

  #visible(): number[] {
    return [...this.#runs.keys()].filter((run) => (this.#runs[run]?.created ?? this.now) <= this.now);
  }

  #item(index: number): Chargeable {
    const run = this.#runs[index];
    if (!run) throw new Error(`there is no run ${index}`);
    const hasStarted = run.started <= this.now;
    const completed = run.ended <= this.now;
    const hasCounters =
      completed && run.countersAfter !== undefined && this.now >= run.ended + run.countersAfter * minute;
    const facts = {
      arn: runArn(`r${index}`),
      kind: 'run',
      project: { arn: projectArn, name: 'mobile' },
      billing: 'metered',
    } as const;
    return {
      facts,
      completed,
      counters: hasCounters ? metered(minutesOf(run)) : {},
      ...(run.tellsCreated && { created: run.created }),
      ...(hasStarted && { started: run.started }),
      ...(completed && run.tellsEnd && { stopped: run.ended }),
      ...(!completed && { estimate: metered(Math.max(0, (this.now - run.started) / minute)) }),
    };
  }

  #holdInvariants(before: ListingMemory): void {
    const { settled } = this.memory;
    if (!settled) return;
    expect(settled.through, 'the mark moved back').toBeGreaterThanOrEqual(before.settled?.through ?? 0);
    for (const { charge } of Object.values(this.unsettled)) {
      const isStraggler = charge.created < this.now - LIFETIME_HOURS * hour;
      if (!isStraggler)
        expect(charge.created, `the mark passed ${charge.arn}`).toBeGreaterThanOrEqual(settled.through);
    }
    for (const [index, run] of this.#runs.entries()) {
      if (run.created < from || run.created >= settled.through) continue;
      expect(this.#timesCounted(index), `run ${index} below the mark`).toBe(1);
    }
  }

  #allVisibleCountOnce(): void {
    for (const index of this.#visible()) {
      const created = this.#runs[index]?.created ?? 0;
      if (created >= from) expect(this.#timesCounted(index), `run ${index}`).toBe(1);
      else expect(this.#timesCounted(index), `run ${index}`).toBeLessThanOrEqual(1);
    }
  }

  #timesCounted(index: number): number {
    const arn = runArn(`r${index}`);
    return Number(this.ledger.has(arn)) + Number(this.unsettled[arn] !== undefined);
  }
}

export function minutesOf(run: TrueRun): number {
  return (run.ended - run.started) / minute;
}
