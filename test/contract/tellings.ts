import { describe, expect, it } from 'vitest';
import type { Tellings } from '../../lambda/ports.ts';

/** What every memory of tellings does. `make` gives an empty one and a way to let minutes pass. */
export function tellingsContract(
  name: string,
  make: () => Promise<{ readonly tellings: Tellings; readonly pass: (minutes: number) => void }>,
): void {
  describe(`${name}, as a memory of tellings`, () => {
    it('lets one of two claim at once', async () => {
      const { tellings } = await make();

      const claims = await Promise.all([tellings.claim('k'), tellings.claim('k')]);

      expect(claims.toSorted()).toEqual([false, true]);
    });

    it('gives a claim that was not marked told to the next who asks, but not while it may be being told', async () => {
      const { tellings, pass } = await make();
      await tellings.claim('k');

      pass(4);
      const early = await tellings.claim('k');
      pass(1);
      const late = await tellings.claim('k');

      expect([early, late]).toEqual([false, true]);
    });

    it('never gives again what was told', async () => {
      const { tellings, pass } = await make();
      await tellings.claim('k');
      await tellings.told('k');
      pass(60 * 24 * 40);

      expect(await tellings.claim('k')).toBe(false);
    });

    it('keeps keys apart', async () => {
      const { tellings } = await make();
      await tellings.claim('k');

      expect(await tellings.claim('other')).toBe(true);
    });
  });
}
