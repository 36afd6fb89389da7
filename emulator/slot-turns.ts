import type { WorkRecord } from './records.ts';
import { type Contender, takeSlot } from './slots.ts';
import { startFromSlot } from './start.ts';
import { courseOf } from './timeline.ts';

interface Waiting {
  readonly work: WorkRecord;
  /** When it was seeded or requested, epoch milliseconds. */
  readonly addedAt: number;
  /** Its turn, once it is history: what has been shown stays true, whatever is seeded later. */
  fixedTurn?: number;
}

/** When each work item that is scheduled by slots gets its turn: first come, first served. */
export class SlotTurns {
  readonly #waiting: Waiting[] = [];
  readonly #turns = new Map<WorkRecord, number>();
  #slots = new Map<string, number[]>();
  #isStale = false;
  /** When the turns that had come were fixed last. */
  #fixedAt = Number.NEGATIVE_INFINITY;
  #lastReadyAt = Number.NEGATIVE_INFINITY;

  add(work: WorkRecord, now: number): void {
    const waiting: Waiting = { work, addedAt: now };
    const contender = contenderOf(work);
    const isLast = !this.#isStale && contender.readyAt >= this.#lastReadyAt;
    if (!isLast) this.#fixHistory(now);
    this.#waiting.push(waiting);
    if (isLast) this.#take(waiting, contender);
    else this.#isStale = true;
  }

  /** To be called when a stop has changed when slots become free. */
  forget(): void {
    this.#isStale = true;
  }

  /** Epoch milliseconds; Infinity when it never gets a slot, as far as is known now. */
  turnOf(work: WorkRecord): number {
    if (this.#isStale) this.#workOut();
    return this.#turns.get(work) ?? Number.POSITIVE_INFINITY;
  }

  /** The turns that have come and could be seen: those of work that was there before now. */
  #fixHistory(now: number): void {
    if (this.#fixedAt === now) return;
    this.#fixedAt = now;
    if (this.#isStale) this.#workOut();
    for (const one of this.#waiting) {
      const turn = this.#turns.get(one.work);
      if (turn !== undefined && turn <= now && one.addedAt < now) one.fixedTurn = turn;
    }
  }

  #workOut(): void {
    this.#turns.clear();
    this.#slots = new Map();
    this.#lastReadyAt = Number.NEGATIVE_INFINITY;
    const order = this.#waiting.map((waiting) => {
      const contender = contenderOf(waiting.work);
      return { waiting, contender, at: waiting.fixedTurn ?? contender.readyAt };
    });
    const isFixed = ({ waiting }: (typeof order)[number]) => Number(waiting.fixedTurn === undefined);
    order.sort((a, b) => isFixed(a) - isFixed(b) || a.at - b.at);
    for (const { waiting, contender } of order) this.#take(waiting, contender);
    this.#isStale = false;
  }

  #take({ work, fixedTurn }: Waiting, contender: Contender): void {
    const slots = this.#slots.get(contender.kind) ?? Array<number>(contender.capacity).fill(0);
    this.#slots.set(contender.kind, slots);
    const readyAt = fixedTurn ?? contender.readyAt;
    this.#turns.set(work, takeSlot({ ...contender, readyAt }, slots));
    this.#lastReadyAt = Math.max(this.#lastReadyAt, contender.readyAt);
  }
}

function contenderOf({ plan, approach, stop, slot }: WorkRecord): Contender {
  return {
    ...slot,
    readyAt: plan.createdAt + approach.pendingMs,
    limitAt: plan.createdAt + plan.queueLimitMs - approach.deviceWaitMs,
    stoppedAt: stop?.at ?? Number.POSITIVE_INFINITY,
    releasedAt: (takenAt) => courseOf(plan, startFromSlot(approach, takenAt), stop).endAt,
  };
}
