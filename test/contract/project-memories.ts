import { describe, expect, it } from 'vitest';
import type { ProjectMemory } from '../../lambda/core/inventory/project-memory.ts';
import { blankMemory } from '../../lambda/core/inventory/survey.ts';
import type { ProjectMemories } from '../../lambda/ports.ts';
import { charge } from './ledger.ts';

const PROJECT = 'arn:aws:devicefarm:us-west-2:123456789012:project:p';

function memory(part: Partial<ProjectMemory> = {}): ProjectMemory {
  return {
    ...blankMemory(PROJECT),
    runs: { settled: { from: 1, through: 2 }, ahead: ['a'] },
    unsettled: { [charge().arn]: { charge: charge({ basis: 'inFlight' }), completedSince: 5 } },
    runningSince: { job: 7 },
    ...part,
  };
}

/** A build in flight with a name, a creation and minutes of its own. */
function runaway(arn: string, index: number) {
  return charge({
    arn,
    run: `build-${index * 7_919} of main`,
    created: charge().created + index * 28_801,
    minutes: { total: index / 7, metered: index / 7, unmetered: 0 },
    remaining: { total: 1_000 / (index + 1), metered: 1_000 / (index + 1), unmetered: 0 },
    basis: 'inFlight',
  });
}

/** What every memory of projects does. `make` gives an empty one. */
export function projectMemoriesContract(name: string, make: () => Promise<ProjectMemories>): void {
  describe(`${name}, as a memory of projects`, () => {
    it('knows nothing at first', async () => {
      const memories = await make();

      expect((await memories.all()).size).toBe(0);
    });

    it('gives back what was saved, one version on', async () => {
      const memories = await make();

      const saved = await memories.save(memory());

      expect(saved).toBe(true);
      expect(await memories.all()).toEqual(new Map([[PROJECT, memory({ version: 1 })]]));
    });

    it('takes what goes on from what it holds', async () => {
      const memories = await make();
      await memories.save(memory());

      const saved = await memories.save(memory({ version: 1, cutOff: true }));

      expect(saved).toBe(true);
      expect((await memories.all()).get(PROJECT)).toMatchObject({ version: 2, cutOff: true });
    });

    it.each([
      { version: 0, what: 'knew nothing of it' },
      { version: 1, what: 'knew an older one' },
      { version: 9, what: 'knew one that it does not hold' },
    ])('keeps what it holds when the writer $what', async ({ version }) => {
      const memories = await make();
      await memories.save(memory());
      await memories.save(memory({ version: 1 }));

      const saved = await memories.save(memory({ version, cutOff: true }));

      expect(saved).toBe(false);
      expect((await memories.all()).get(PROJECT)).toEqual(memory({ version: 2 }));
    });

    it('takes one of two that are saved at once', async () => {
      const memories = await make();

      const saved = await Promise.all([memories.save(memory()), memories.save(memory())]);

      expect(saved.toSorted()).toEqual([false, true]);
    });

    it('holds a runaway day: 3,000 unsettled runs, and as many that are settled ahead of the mark', async () => {
      const memories = await make();
      const arns = Array.from({ length: 6_000 }, () => `${charge().arn.slice(0, -1)}${crypto.randomUUID()}`);
      const unsettled = Object.fromEntries(
        arns.slice(3_000).map((arn, index) => [arn, { charge: runaway(arn, index), completedSince: index }]),
      );
      const big = memory({ unsettled, runs: { ahead: arns.slice(0, 3_000) } });

      await memories.save(big);

      expect((await memories.all()).get(PROJECT)).toEqual({ ...big, version: 1 });
    });

    it('holds many projects', async () => {
      const memories = await make();
      for (let count = 0; count < 30; count += 1)
        await memories.save(memory({ projectArn: `${PROJECT}${count}` }));

      expect((await memories.all()).size).toBe(30);
    });
  });
}
