import type { Device } from './devices.ts';
import type { Slots } from './options.ts';
import type { WorkRecord } from './records.ts';
import type { BillingMethod } from './status.ts';
import { courseOf, startFromSlot } from './timeline.ts';

const never = Number.POSITIVE_INFINITY;

/** Work that waits for a slot of one kind. Times are epoch milliseconds. */
export interface Contender {
  /** Contenders of one kind share `capacity` slots. */
  readonly kind: string;
  readonly capacity: number;
  readonly readyAt: number;
  /** It gives up waiting after this moment. */
  readonly limitAt: number;
  /** A stop at or before its turn takes it out of the queue. */
  readonly stoppedAt: number;
  /** When it gives the slot back, if it takes it at this moment. */
  releasedAt(takenAt: number): number;
}

/**
 * The moment each contender gets its slot: first come, first served. Infinity when it never does. A pure function of the
 * history, so that nothing has to happen at the moment itself; later stops and arrivals never change earlier turns.
 */
export function assignSlots<T extends Contender>(contenders: readonly T[]): Map<T, number> {
  const freeAt = new Map<string, number[]>();
  const turns = new Map<T, number>();
  for (const contender of [...contenders].sort((a, b) => a.readyAt - b.readyAt)) {
    const slots = freeAt.get(contender.kind) ?? Array<number>(contender.capacity).fill(0);
    freeAt.set(contender.kind, slots);
    turns.set(contender, takeSlot(contender, slots));
  }
  return turns;
}

/** The moment at which it gets the slot that is free first, and takes it; Infinity when it never does. */
function takeSlot(contender: Contender, slots: number[]): number {
  const earliest = Math.min(...slots);
  const takenAt = Math.max(contender.readyAt, earliest);
  if (takenAt >= contender.stoppedAt || takenAt > contender.limitAt || takenAt === never) return never;
  slots[slots.indexOf(earliest)] = contender.releasedAt(takenAt);
  return takenAt;
}

/** The slots that a job or session competes for. A private device is a slot of its own. */
export function slotOf(
  work: 'job' | 'session',
  billing: BillingMethod,
  device: Device,
  slots: Slots,
): { readonly kind: string; readonly capacity: number } {
  if (device.instanceArn !== undefined) return { kind: device.instanceArn, capacity: 1 };
  if (billing === 'METERED') {
    const capacity = work === 'job' ? slots.meteredAutomation : slots.meteredRemoteAccess;
    return { kind: `metered ${work}`, capacity };
  }
  const unmetered = work === 'job' ? slots.unmeteredAutomation : slots.unmeteredRemoteAccess;
  return { kind: `unmetered ${work} ${device.platform}`, capacity: unmetered[device.platform] };
}

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
