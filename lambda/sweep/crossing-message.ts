import { isRecord } from '../model.ts';
import { parseObject } from '../orders/understand.ts';

/** What the queue delivers when work crosses a limit. */
export interface CrossingMessage {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Jobs and sessions that the sweep saw in flight. */
  readonly active: number;
  /** ARNs of the work to decide on; absent: all work in flight. */
  readonly items?: readonly string[];
}

/** The message of a sweep that work crosses a limit; `undefined` for a body that is anything else. */
export function readCrossing(body: string): CrossingMessage | undefined {
  const crossing = parseObject(body)?.crossing;
  if (!isRecord(crossing) || typeof crossing.at !== 'number' || typeof crossing.active !== 'number')
    return undefined;
  const { at, active, items } = crossing;
  if (items === undefined) return { at, active };
  if (!Array.isArray(items) || !items.every((arn): arn is string => typeof arn === 'string'))
    return undefined;
  return { at, active, items };
}
