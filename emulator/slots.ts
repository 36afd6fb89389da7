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
export function takeSlot(contender: Contender, slots: number[]): number {
  const earliest = Math.min(...slots);
  const takenAt = Math.max(contender.readyAt, earliest);
  if (takenAt >= contender.stoppedAt || takenAt > contender.limitAt || takenAt === never) return never;
  slots[slots.indexOf(earliest)] = contender.releasedAt(takenAt);
  return takenAt;
}
