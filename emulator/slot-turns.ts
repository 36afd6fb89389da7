import type { WorkRecord } from './records.ts';
import type { Contender } from './slots.ts';
import { assignSlots } from './slots.ts';
import { startFromSlot } from './start.ts';
import { courseOf } from './timeline.ts';

interface WorkContender extends Contender {
  readonly work: WorkRecord;
}

/** When each work item that is scheduled by slots gets its turn; worked out again after every change. */
export class SlotTurns {
  readonly #waiting: WorkRecord[] = [];
  #turns: ReadonlyMap<WorkRecord, number> | undefined;

  add(work: WorkRecord): void {
    this.#waiting.push(work);
    this.forget();
  }

  /** To be called when a stop has changed when slots become free. */
  forget(): void {
    this.#turns = undefined;
  }

  /** Epoch milliseconds; Infinity when it never gets a slot, as far as is known now. */
  turnOf(work: WorkRecord): number {
    this.#turns ??= workOut(this.#waiting);
    return this.#turns.get(work) ?? Number.POSITIVE_INFINITY;
  }
}

function workOut(waiting: readonly WorkRecord[]): Map<WorkRecord, number> {
  const turns = assignSlots(waiting.map(contender));
  return new Map([...turns].map(([{ work }, takenAt]) => [work, takenAt]));
}

function contender(work: WorkRecord): WorkContender {
  const { plan, approach, stop, slot } = work;
  return {
    work,
    ...slot,
    readyAt: plan.createdAt + approach.pendingMs,
    limitAt: plan.createdAt + plan.queueLimitMs - approach.deviceWaitMs,
    stoppedAt: stop?.at ?? Number.POSITIVE_INFINITY,
    releasedAt: (takenAt) => courseOf(plan, startFromSlot(approach, takenAt), stop).endAt,
  };
}
