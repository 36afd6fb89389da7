import fc from 'fast-check';
import { expect } from 'vitest';
import type { Usage } from '../../lambda/model.ts';
import { coverage } from '../../lambda/sweep/inventory-listing.ts';
import { type Countable, settleListing } from '../../lambda/sweep/inventory-settle.ts';
import type { ListingMemory, Unsettled } from '../../lambda/sweep/project-memory.ts';
import { HOUR, MINUTE } from '../../lambda/time.ts';
import { LIFETIME_HOURS } from '../../lambda/usage/settle.ts';
import { metered, NOW, projectArn, runArn } from '../support/samples.ts';

/** One run as it really is. */
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
  /** The listing breaks off; `luck` says which runs it shows. */
  readonly isPartial: boolean;
  /** By run: whether a partial listing shows it, its jobs can be listed, and where in the listing it stands. */
  readonly luck: readonly number[];
}

/** Where the listings begin: some runs are older. */
export const FROM = NOW - 48 * HOUR;
const MOST_RUNS = 6;

const trueRun: fc.Arbitrary<TrueRun> = fc
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
    created: NOW + created * MINUTE,
    started: NOW + (created + queued) * MINUTE,
    ended: NOW + (created + queued + ran) * MINUTE,
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

/** The service, one listing of it, and AutoStop's memory; holds the invariants after every sweep. */
export class SettleModel {
  readonly ledger = new Map<string, Usage>();
  memory: ListingMemory = { ahead: [] };
  unsettled: Readonly<Record<string, Unsettled>> = {};
  now = NOW;
  readonly #runs: readonly TrueRun[];

  constructor(runs: readonly TrueRun[]) {
    this.#runs = runs;
  }

  sweep({ wait, isPartial, luck }: Step): void {
    this.now += wait * MINUTE;
    const before = this.memory;
    const shown = isPartial ? this.#partial(luck) : this.#complete(luck);
    const items = shown
      .toSorted((a, b) => (luck[a] ?? 0) - (luck[b] ?? 0))
      .map((run) => this.#item(run, (luck[run] ?? 0) < 50));
    const result = settleListing(
      { items, complete: !isPartial, from: FROM },
      before,
      this.unsettled,
      this.now,
    );
    for (const settled of result.settled) {
      expect(this.ledger.has(settled.arn), `${settled.arn} is settled twice`).toBe(false);
      this.ledger.set(settled.arn, settled);
    }
    this.memory = result.memory;
    this.unsettled = Object.fromEntries(result.unsettled.map((one) => [one.usage.arn, one]));
    if (isPartial) expect(this.memory.settled).toEqual(before.settled);
    this.#holdInvariants(before);
    if (!isPartial) this.#allVisibleCountOnce();
  }

  #partial(luck: readonly number[]): number[] {
    return this.#visible().filter((run) => (luck[run] ?? 0) < 50);
  }

  /** Down to the watermark, perhaps more, and the unsettled rest one by one as far as it can be read. */
  #complete(luck: readonly number[]): number[] {
    const until = coverage(this.memory, FROM)?.through ?? FROM;
    return this.#visible().filter((run) => {
      const truth = this.#runs[run];
      const isLucky = (luck[run] ?? 0) < 50;
      return truth && (!truth.tellsCreated || truth.created >= until || isLucky);
    });
  }

  #visible(): number[] {
    return [...this.#runs.keys()].filter((run) => (this.#runs[run]?.created ?? this.now) <= this.now);
  }

  #item(index: number, jobsAreListed: boolean): Countable {
    const run = this.#runs[index];
    if (!run) throw new Error(`there is no run ${index}`);
    const hasStarted = run.started <= this.now;
    const completed = run.ended <= this.now;
    const hasCounters =
      completed && run.countersAfter !== undefined && this.now >= run.ended + run.countersAfter * MINUTE;
    const facts = {
      arn: runArn(`r${index}`),
      kind: 'run',
      project: { arn: projectArn(), name: 'mobile' },
      billing: 'metered',
    } as const;
    return {
      facts,
      completed,
      counters: hasCounters ? metered(minutesOf(run)) : {},
      ...(run.tellsCreated && { created: run.created }),
      ...(hasStarted && { started: run.started }),
      ...(completed && run.tellsEnd && { stopped: run.ended }),
      ...(!completed && { estimate: metered(Math.max(0, (this.now - run.started) / MINUTE)) }),
      ...(completed && jobsAreListed && { estimate: metered(minutesOf(run)), jobsRead: true }),
    };
  }

  #holdInvariants(before: ListingMemory): void {
    const { settled } = this.memory;
    if (!settled) return;
    expect(settled.through, 'the watermark moved back').toBeGreaterThanOrEqual(before.settled?.through ?? 0);
    for (const { usage } of Object.values(this.unsettled)) {
      const isStraggler = usage.created < this.now - LIFETIME_HOURS * HOUR;
      if (!isStraggler)
        expect(usage.created, `the watermark passed ${usage.arn}`).toBeGreaterThanOrEqual(settled.through);
    }
    for (const [index, run] of this.#runs.entries()) {
      if (run.created < FROM || run.created >= settled.through) continue;
      expect(this.#timesCounted(index), `run ${index} below the watermark`).toBe(1);
    }
  }

  #allVisibleCountOnce(): void {
    for (const index of this.#visible()) {
      const created = this.#runs[index]?.created ?? 0;
      if (created >= FROM) expect(this.#timesCounted(index), `run ${index}`).toBe(1);
      else expect(this.#timesCounted(index), `run ${index}`).toBeLessThanOrEqual(1);
    }
  }

  #timesCounted(index: number): number {
    const arn = runArn(`r${index}`);
    return Number(this.ledger.has(arn)) + Number(this.unsettled[arn] !== undefined);
  }
}

export function minutesOf(run: TrueRun): number {
  return (run.ended - run.started) / MINUTE;
}
