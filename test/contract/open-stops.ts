import { describe, expect, it } from 'vitest';
import type { OpenStop, OpenStops } from '../../lambda/ports.ts';

const stop = (arn: string, attempt = 1): OpenStop => ({
  arn,
  kind: 'job',
  attempt,
  requestedAt: 1_786_104_000_000,
  actor: 'schedule',
});

/** What every list of open stops does. `make` gives an empty one. */
export function openStopsContract(name: string, make: () => Promise<OpenStops>): void {
  describe(`${name}, as a list of open stops`, () => {
    it('holds a stop until it is closed', async () => {
      const stops = await make();
      await stops.open(stop('a'));
      await stops.open(stop('b'));
      await stops.close('a');

      expect(await stops.all()).toEqual([stop('b')]);
    });

    it('holds the last attempt only', async () => {
      const stops = await make();
      await stops.open(stop('a'));
      await stops.open(stop('a', 2));

      expect(await stops.all()).toEqual([stop('a', 2)]);
    });

    it('does not mind closing what is not open', async () => {
      const stops = await make();
      await stops.close('a');

      expect(await stops.all()).toEqual([]);
    });
  });
}
