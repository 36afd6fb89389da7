import { describe, expect, it } from 'vitest';
import type { Sample } from '../../lambda/core/inventory/run-history.ts';
import type { RunHistory } from '../../lambda/ports.ts';

const PROJECT = 'arn:aws:devicefarm:us-west-2:123456789012:project:p';
const DEVICE = 'Google Pixel 8';

const samples = (from: number, to: number): readonly Sample[] =>
  Array.from({ length: to - from }, (_, index) => ({ job: `r${from + index}/00000`, minutes: from + index }));

/** What every history of runs does. `make` gives an empty one. */
export function runHistoryContract(name: string, make: () => Promise<RunHistory>): void {
  describe(`${name}, as a history of runs`, () => {
    it('knows nothing at first', async () => {
      const history = await make();

      expect((await history.of(PROJECT, 'nightly')).size).toBe(0);
    });

    it('keeps run names, projects and devices apart', async () => {
      const history = await make();
      await history.add(
        PROJECT,
        'nightly',
        new Map([
          [DEVICE, samples(0, 2)],
          ['Google Pixel 7', samples(2, 3)],
        ]),
      );

      const others = [await history.of(PROJECT, 'night'), await history.of(`${PROJECT}2`, 'nightly')];

      expect(await history.of(PROJECT, 'nightly')).toEqual(
        new Map([
          ['Google Pixel 7', samples(2, 3)],
          [DEVICE, samples(0, 2)],
        ]),
      );
      expect(others.map(({ size }) => size)).toEqual([0, 0]);
    });

    it('adds to what it knows, each job once, and keeps the last 20', async () => {
      const history = await make();
      await history.add(PROJECT, 'nightly', new Map([[DEVICE, samples(0, 15)]]));

      await history.add(PROJECT, 'nightly', new Map([[DEVICE, samples(10, 25)]]));

      expect((await history.of(PROJECT, 'nightly')).get(DEVICE)).toEqual(samples(5, 25));
    });

    it('takes any name that a run may have', async () => {
      const history = await make();
      const runName = `#${'ü/ "'.repeat(64)}`.slice(0, 256);

      await history.add(PROJECT, runName, new Map([[DEVICE, samples(0, 1)]]));

      expect((await history.of(PROJECT, runName)).get(DEVICE)).toEqual(samples(0, 1));
    });
  });
}
