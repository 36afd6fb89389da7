import { freePlaces, HOUR, stillTaken, type TakenPlaces } from '../../core/safety/allowance.ts';
import type { StopAllowance } from '../../ports.ts';
import type { Table } from '../table.ts';
import { malformedItem } from './malformed-item.ts';
import { VersionedItem } from './versioned-item.ts';

/**
 * The places of the rolling hour, in one item of the state table that lists who holds how many until when. Losing it frees
 * all of them once: at most one further hour's worth.
 * @param clock epoch milliseconds
 * @param name what no other taking is called
 */
export function stopAllowance(table: Table, clock: () => number, name: () => string): StopAllowance {
  const item = new VersionedItem(table, 'stop-allowance');
  return {
    async take(wanted, limit, msLeft) {
      const id = name();
      let places = 0;
      await item.change((held) => {
        const taken = stillTaken(parse(held), clock());
        places = freePlaces(taken, wanted, limit);
        return places === 0 ? held : [...taken, { id, places, until: clock() + msLeft + HOUR }];
      });
      return { id, places };
    },
    async settle({ id, places }, used) {
      if (places === 0) return;
      await item.change((held) => {
        const others = stillTaken(parse(held), clock()).filter((one) => one.id !== id);
        return used === 0 ? others : [...others, { id, places: used, until: clock() + HOUR }];
      });
    },
  };
}

function parse(held: unknown): readonly TakenPlaces[] {
  if (held === undefined) return [];
  if (!Array.isArray(held) || !held.every(isTaken)) throw malformedItem('taken places of the hour', held);
  return held;
}

function isTaken(value: unknown): value is TakenPlaces {
  if (typeof value !== 'object' || value === null) return false;
  const { id, places, until }: { id?: unknown; places?: unknown; until?: unknown } = value;
  return typeof id === 'string' && typeof places === 'number' && typeof until === 'number';
}
