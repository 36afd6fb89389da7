import { describe, expect, it } from 'vitest';
import type { Commands } from '../../lambda/ports.ts';

/** What every memory of commands does. `make` gives an empty one. */
export function commandsContract(name: string, make: () => Promise<Commands>): void {
  describe(`${name}, as a memory of commands`, () => {
    it('knows nothing of a message that never came', async () => {
      const commands = await make();

      expect(await commands.find('m1')).toBeUndefined();
    });

    it('fixes the first list of targets for good', async () => {
      const commands = await make();

      const lists = [await commands.fix('m1', ['a', 'b']), await commands.fix('m1', ['c'])];

      expect(lists).toEqual([
        ['a', 'b'],
        ['a', 'b'],
      ]);
      expect(await commands.find('m1')).toEqual({ targets: ['a', 'b'], done: false });
    });

    it('gives one list to two that fix it at once', async () => {
      const commands = await make();

      const [one, other] = await Promise.all([commands.fix('m1', ['a']), commands.fix('m1', ['b'])]);

      expect(one).toEqual(other);
    });

    it('remembers that a command is done, with its targets', async () => {
      const commands = await make();
      await commands.fix('m1', ['a']);
      await commands.finish('m1');

      expect(await commands.find('m1')).toEqual({ targets: ['a'], done: true });
    });

    it('finishes a command whose targets were never fixed', async () => {
      const commands = await make();
      await commands.finish('m1');

      expect(await commands.find('m1')).toEqual({ targets: [], done: true });
    });

    it('keeps messages apart', async () => {
      const commands = await make();
      await commands.finish('m1');

      expect(await commands.find('m2')).toBeUndefined();
    });
  });
}
