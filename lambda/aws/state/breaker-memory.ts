import type { BreakerMemory, Opening } from '../../core/safety/breaker.ts';
import type { BreakerMemories } from '../../ports.ts';
import type { Table } from '../table.ts';
import { VersionedItem } from './versioned-item.ts';

/** What the breaker remembers, in one item of the state table. */
export function breakerMemories(table: Table): BreakerMemories {
  const item = new VersionedItem(table, 'breaker');
  return {
    async turn(turn) {
      let turned: BreakerMemory = {};
      await item.change((held) => {
        const before = toMemory(held);
        turned = turn(before);
        return JSON.stringify(turned) === JSON.stringify(before) ? held : turned;
      });
      return turned;
    },
  };
}

/** A memory of another shape is none: then everything counts as new, and is held rather than stopped. */
function toMemory(held: unknown): BreakerMemory {
  if (!isRecord(held)) return {};
  const { over, opening } = held;
  return {
    ...(isTexts(over) && { over }),
    ...(isOpening(opening) && { opening: inOrder(opening) }),
  };
}

/** DynamoDB gives members back in an order of its own; compared is the text. */
function inOrder({ at, newlyOver, active, allowed, held }: Opening): Opening {
  return { at, newlyOver, active, allowed, held };
}

function isOpening(value: unknown): value is Opening {
  return (
    isRecord(value) &&
    isTexts(value.held) &&
    [value.at, value.newlyOver, value.active, value.allowed].every((one) => typeof one === 'number')
  );
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
