import { describe, expect, it } from 'vitest';
import type { BreakerMemory } from '../../lambda/core/safety/breaker.ts';
import type { BreakerMemories } from '../../lambda/ports.ts';

const MEMORY: BreakerMemory = {
  over: ['job:r1/00000'],
  opening: { at: 1_786_104_000_000, newlyOver: 5, active: 9, allowed: 4, held: ['job:r1/00000'] },
};

/** What every memory of the breaker does. `make` gives an empty one. */
export function breakerMemoriesContract(name: string, make: () => Promise<BreakerMemories>): void {
  describe(`${name}, as a memory of the breaker`, () => {
    it('gives what it keeps to the next turn, and nothing to the first', async () => {
      const memories = await make();
      const seen: BreakerMemory[] = [];
      const turn = (memory: BreakerMemory) => {
        seen.push(memory);
        return MEMORY;
      };

      const kept = await memories.turn(turn);
      await memories.turn(turn);

      expect(kept).toEqual(MEMORY);
      expect(seen).toEqual([{}, MEMORY]);
    });

    it('of two that turn at once lets the second turn what the first has kept', async () => {
      const memories = await make();
      const add = (key: string) => (memory: BreakerMemory) => ({ over: [...(memory.over ?? []), key] });

      await Promise.all([memories.turn(add('a')), memories.turn(add('b'))]);

      const kept = await memories.turn((memory) => memory);
      expect(kept.over?.toSorted()).toEqual(['a', 'b']);
    });
  });
}
