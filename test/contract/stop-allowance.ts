import { describe, expect, it } from 'vitest';
import type { StopAllowance } from '../../lambda/ports.ts';

/** What every allowance of stops does. `make` gives a fresh one, a second user of it, and a way to let minutes pass. */
export function stopAllowanceContract(
  name: string,
  make: () => Promise<{
    readonly allowance: StopAllowance;
    readonly other: StopAllowance;
    readonly pass: (minutes: number) => void;
  }>,
): void {
  describe(`${name}, as an allowance of stops`, () => {
    it('gives what is wanted, and then what is left', async () => {
      const { allowance } = await make();

      const first = await allowance.take(3, 5, 0);
      const second = await allowance.take(3, 5, 0);
      const third = await allowance.take(3, 5, 0);

      expect([first, second, third].map(({ places }) => places)).toEqual([3, 2, 0]);
    });

    it('takes back what was not used', async () => {
      const { allowance } = await make();
      const taken = await allowance.take(5, 5, 0);

      await allowance.settle(taken, 2);

      expect((await allowance.take(9, 5, 0)).places).toBe(3);
    });

    it.each([
      { minutes: 59.9, places: 0 },
      { minutes: 60, places: 5 },
    ])('$minutes minutes after their use has $places of five places free', async ({ minutes, places }) => {
      const { allowance, pass } = await make();
      await allowance.settle(await allowance.take(5, 5, 0), 5);

      pass(minutes);

      expect((await allowance.take(9, 5, 0)).places).toBe(places);
    });

    it('counts places that were never settled for as long as their stops may be younger than an hour', async () => {
      const { allowance, pass } = await make();
      await allowance.take(5, 5, 4 * 60_000);

      pass(63);
      const early = await allowance.take(5, 5, 0);
      pass(1);
      const late = await allowance.take(5, 5, 0);

      expect([early.places, late.places]).toEqual([0, 5]);
    });

    it('never gives two at once more than there is', async () => {
      const { allowance, other } = await make();

      const taken = await Promise.all(
        [1, 2, 3].flatMap(() => [allowance.take(2, 7, 0), other.take(2, 7, 0)]),
      );

      expect(taken.reduce((sum, { places }) => sum + places, 0)).toBe(7);
    });

    it('gives none when the limit was lowered below what is taken', async () => {
      const { allowance } = await make();
      await allowance.take(5, 5, 0);

      expect((await allowance.take(1, 3, 0)).places).toBe(0);
    });
  });
}
