import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Commands } from '../../lambda/ports.ts';

const job = (arn: string) => ({ kind: 'job' as const, arn });
const complete = (...arns: readonly string[]) => ({ targets: arns.map(job), complete: true });

/** An ARN as long and as little repetitive as real ones: jobs of a run of their own. */
function arnOf(index: number): string {
  const run = createHash('sha256').update(String(index)).digest('hex').slice(0, 32);
  const project = '00b349c9-8706-4fb2-af7e-47f6669ce301';
  return `arn:aws:devicefarm:us-west-2:123456789012:job:${project}/${run}/00000`;
}

/** What every memory of commands does. `make` gives an empty one. */
export function commandsContract(name: string, make: () => Promise<Commands>): void {
  describe(`${name}, as a memory of commands`, () => {
    it('knows nothing of a message that never came', async () => {
      const commands = await make();

      expect(await commands.find('m1')).toBeUndefined();
    });

    it('fixes the first list of targets for good', async () => {
      const commands = await make();

      const lists = [await commands.fix('m1', complete('a', 'b')), await commands.fix('m1', complete('c'))];

      expect(lists).toEqual([
        [job('a'), job('b')],
        [job('a'), job('b')],
      ]);
      expect(await commands.find('m1')).toEqual({ ...complete('a', 'b'), done: false });
    });

    it('adds to a list that lacks something until one is complete', async () => {
      const commands = await make();

      const lists = [
        await commands.fix('m1', { ...complete('a', 'b'), complete: false }),
        await commands.fix('m1', complete('b', 'c')),
        await commands.fix('m1', complete('d')),
      ];

      expect(lists.map((list) => list.map(({ arn }) => arn))).toEqual([
        ['a', 'b'],
        ['a', 'b', 'c'],
        ['a', 'b', 'c'],
      ]);
    });

    it('keeps what is known of a target, and not what it has used', async () => {
      const commands = await make();
      const known = { billing: 'metered', timeoutMinutes: 40 } as const;
      const names = { project: 'mobile', run: 'nightly', device: 'Google Pixel 8' };
      const target = { ...job('a'), ...known, subject: { ...names, money: 5 } };

      await commands.fix('m1', { targets: [target], complete: true });

      const found = await commands.find('m1');
      expect(found?.targets).toEqual([{ ...job('a'), ...known, subject: names }]);
    });

    it('holds as many targets as a runaway has', async () => {
      const commands = await make();
      const many = complete(...Array.from({ length: 5_000 }, (_, index) => arnOf(index)));

      await commands.fix('m1', many);

      expect((await commands.find('m1'))?.targets).toHaveLength(5_000);
    });

    it('gives one list to two that fix it at once', async () => {
      const commands = await make();

      const [one, other] = await Promise.all([
        commands.fix('m1', complete('a')),
        commands.fix('m1', complete('b')),
      ]);

      expect(one).toEqual(other);
    });

    it('remembers that a command is done, with its targets', async () => {
      const commands = await make();
      await commands.fix('m1', complete('a'));
      await commands.finish('m1');

      expect(await commands.find('m1')).toEqual({ ...complete('a'), done: true });
    });

    it('finishes a command whose targets were never fixed', async () => {
      const commands = await make();
      await commands.finish('m1');

      expect(await commands.find('m1')).toEqual({ ...complete(), done: true });
    });

    it('keeps messages apart', async () => {
      const commands = await make();
      await commands.finish('m1');

      expect(await commands.find('m2')).toBeUndefined();
    });
  });
}
