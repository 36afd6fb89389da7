import type { StopResult, StopTarget } from '../model.ts';
import type { ItemKind, Stored } from '../store/state.ts';
import { isRecord } from '../text.ts';
import type { Invocation, Services } from '../wiring.ts';

/** What became of a target that needs nothing more. `nothing`: there was nothing to stop. */
export interface Settled {
  readonly kind: 'stopped' | 'observed' | 'nothing' | 'exempt' | 'left';
  readonly reason: string;
}

/** A target of an order, as it was first found, and what became of it. */
export interface OrderTarget {
  readonly target: StopTarget;
  readonly settled?: Settled;
}

/** What AutoStop remembers of an order between its deliveries. Without it the order is resolved again, with the same effect. */
export interface OrderMemory {
  /** By ARN; fixed when first found. */
  readonly targets: Readonly<Record<string, OrderTarget>>;
  /** Projects whose newest work was listed after the message was sent: all their work that it means is among the targets. */
  readonly read: readonly string[];
  /** It was carried out and answered. */
  readonly done: boolean;
}

export const NO_MEMORY: OrderMemory = { targets: {}, read: [], done: false };

/** Ids are message ids. The queue delivers an order for 27 hours at most. */
export const ORDER: ItemKind<OrderMemory> = {
  prefix: 'order',
  partition: 'order',
  days: 7,
  parse(value) {
    if (!isRecord(value) || !isRecord(value.targets) || !Array.isArray(value.read)) return undefined;
    const known =
      typeof value.done === 'boolean' &&
      value.read.every((arn) => typeof arn === 'string') &&
      Object.values(value.targets).every(isTarget);
    return known ? (value as unknown as OrderMemory) : undefined; // Everything an order depends on was looked at.
  },
};

/**
 * Adds what a delivery found and did. Of two deliveries at once both count; what is settled stays so.
 * @returns what both know
 */
export async function remember(
  { state }: Pick<Services, 'state'>,
  id: string,
  now: OrderMemory,
  { diagnostics, known }: Pick<Invocation, 'diagnostics'> & { readonly known?: Stored<OrderMemory> },
): Promise<OrderMemory> {
  const change = (before: OrderMemory = NO_MEMORY): OrderMemory => ({
    targets: Object.fromEntries(
      Object.entries({ ...now.targets, ...before.targets }).map(([arn, { target, settled }]) => [
        arn,
        { target, settled: settled ?? now.targets[arn]?.settled },
      ]),
    ),
    read: [...new Set([...before.read, ...now.read])],
    done: before.done || now.done,
  });
  const stored = state.change(ORDER, id, change, known);
  return (await diagnostics.during(`what order ${id} did could not be remembered`, stored, undefined)) ?? now;
}

/** What a result leaves to be done: nothing (`undefined` when there is something). */
export function settledBy({ kind, reason, retry, hold, byThisOrder }: StopResult): Settled | undefined {
  if (retry) return undefined;
  if (kind === 'stopped' || byThisOrder) return { kind: 'stopped', reason };
  return { kind: hold === 'exempt' ? 'exempt' : 'nothing', reason };
}

function isTarget(value: unknown): value is OrderTarget {
  if (!isRecord(value) || !isRecord(value.target)) return false;
  const { arn, kind } = value.target;
  const isSettled = value.settled === undefined || isRecord(value.settled);
  return typeof arn === 'string' && ['job', 'session', 'run'].includes(String(kind)) && isSettled;
}
