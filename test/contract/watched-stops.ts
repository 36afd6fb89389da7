import { describe, expect, it } from 'vitest';
import type { WatchedStop } from '../../lambda/core/lessons/watched-stop.ts';
import type { WatchedStops } from '../../lambda/ports.ts';

const watch = (arn: string, facts: Partial<WatchedStop> = {}): WatchedStop => ({
  arn,
  kind: 'job',
  rule: 'long-jobs',
  ruleVersion: 'v1',
  at: 1_786_104_000_000,
  only: 'any',
  billing: 'metered',
  timeoutMinutes: 150,
  record: {
    subject: arn,
    id: 'WouldStop#long-jobs',
    event: 'WouldStop',
    actor: 'schedule',
    rule: 'long-jobs',
    reason: 'ran 65 min',
    mode: 'observe',
    policyVersion: 'p1',
  },
  ...facts,
});

/** What every list of would-be stops does. `make` gives an empty one. */
export function watchedStopsContract(name: string, make: () => Promise<WatchedStops>): void {
  describe(`${name}, as a list of would-be stops`, () => {
    it('holds a watch until it is closed', async () => {
      const stops = await make();
      await stops.open(watch('a'));
      await stops.open(watch('b'));
      await stops.close(watch('a'));

      expect(await stops.all()).toEqual([watch('b')]);
    });

    it('holds the first one of each work and rule', async () => {
      const stops = await make();
      await stops.open(watch('a'));
      await stops.open(watch('a', { at: 1_786_104_300_000 }));
      await stops.open(watch('a', { rule: 'other' }));

      expect(await stops.all()).toEqual([watch('a'), watch('a', { rule: 'other' })]);
    });

    it('does not mind closing what is not open', async () => {
      const stops = await make();
      await stops.close(watch('a'));

      expect(await stops.all()).toEqual([]);
    });
  });
}
