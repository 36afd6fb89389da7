import { describe, expect, it } from 'vitest';
import type { AccountSettings } from '../../lambda/core/account-settings.ts';
import type { AccountMemory } from '../../lambda/ports.ts';

const SETTINGS: AccountSettings = {
  unmeteredSlots: { jobs: { ANDROID: 1, IOS: 0 }, sessions: { ANDROID: 0, IOS: 2 } },
  trial: { total: 1000, remaining: 12.5 },
  defaultJobTimeoutMinutes: 90,
};

/** What every memory of the account does. `make` gives an empty one. */
export function accountMemoryContract(name: string, make: () => Promise<AccountMemory>): void {
  describe(`${name}, as a memory of the account`, () => {
    it('knows nothing at first', async () => {
      const memory = await make();

      expect(await memory.last()).toBeUndefined();
    });

    it('gives back what it keeps, and when it was read', async () => {
      const memory = await make();

      await memory.keep(SETTINGS, 1_786_104_000_123);

      expect(await memory.last()).toEqual({ settings: SETTINGS, readAt: 1_786_104_000_123 });
    });

    it('keeps only what was kept last', async () => {
      const memory = await make();
      const { unmeteredSlots } = SETTINGS;
      await memory.keep(SETTINGS, 1);

      await memory.keep({ unmeteredSlots }, 2);

      expect(await memory.last()).toEqual({ settings: { unmeteredSlots }, readAt: 2 });
    });

    it('of two who keep at once keeps one as a whole', async () => {
      const memory = await make();
      const { unmeteredSlots } = SETTINGS;
      const kept = [
        { settings: SETTINGS, readAt: 1 },
        { settings: { unmeteredSlots }, readAt: 2 },
      ];

      await Promise.all(kept.map(({ settings, readAt }) => memory.keep(settings, readAt)));

      expect(kept).toContainEqual(await memory.last());
    });
  });
}
