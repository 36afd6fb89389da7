import { describe, expect, it } from 'vitest';
import type { Charge } from '../../lambda/core/charge.ts';
import type { Ledger } from '../../lambda/ports.ts';

const NOON = Date.UTC(2026, 7, 7, 12);
const DAY = 86_400_000;

export function charge(part: Partial<Charge> = {}): Charge {
  return {
    arn: 'arn:aws:devicefarm:us-west-2:123456789012:run:p/r',
    kind: 'run',
    project: { arn: 'arn:aws:devicefarm:us-west-2:123456789012:project:p', name: 'mobile' },
    run: 'nightly',
    platform: 'ANDROID',
    testType: 'APPIUM_NODE',
    billing: 'metered',
    created: NOON,
    minutes: { total: 12.5, metered: 11.25, unmetered: 0 },
    basis: 'final',
    ...part,
  };
}

/** What every ledger does. `make` gives an empty one. */
export function ledgerContract(name: string, make: () => Promise<Ledger>): void {
  describe(`${name}, as a ledger`, () => {
    it('gives back a charge with everything that rules match on', async () => {
      const ledger = await make();
      await ledger.add([charge()]);

      expect(await ledger.between(NOON, NOON + 1)).toEqual([charge()]);
    });

    it('leaves out what is not known of a session', async () => {
      const ledger = await make();
      const { run: _, testType: __, ...facts } = charge({ kind: 'session' });
      await ledger.add([facts]);

      expect(await ledger.between(NOON, NOON + 1)).toEqual([facts]);
    });

    it.each([
      { from: 0, to: 1, holds: true },
      { from: -1, to: 0, holds: false },
      { from: 1, to: DAY, holds: false },
      { from: -40 * DAY, to: 1, holds: true },
    ])('holds from its first moment to before its last: $from to $to', async ({ from, to, holds }) => {
      const ledger = await make();
      await ledger.add([charge()]);

      const found = await ledger.between(NOON + from, NOON + to);

      expect(found).toHaveLength(holds ? 1 : 0);
    });

    it('does not add up a charge that is written again, but takes its last form', async () => {
      const ledger = await make();
      await ledger.add([charge({ basis: 'estimated' })]);
      await ledger.add([charge()]);

      expect(await ledger.between(NOON, NOON + 1)).toEqual([charge()]);
    });

    it('takes the same charge twice in one writing', async () => {
      const ledger = await make();
      await ledger.add([charge({ basis: 'estimated' }), charge()]);

      expect(await ledger.between(NOON, NOON + 1)).toEqual([charge()]);
    });

    it('takes many charges of many days at once, and none', async () => {
      const ledger = await make();
      const many = Array.from({ length: 130 }, (_, index) =>
        charge({ arn: `${charge().arn}${index}`, created: NOON + (index % 40) * DAY }),
      );
      await ledger.add([]);
      await ledger.add(many);

      const found = await ledger.between(NOON, NOON + 40 * DAY);

      expect(found.map(({ arn }) => arn).sort()).toEqual(many.map(({ arn }) => arn).sort());
    });
  });
}
