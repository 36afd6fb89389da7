import { describe, expect, it } from 'vitest';
import type { Charge } from '../../lambda/core/charge.ts';
import type { DaySums } from '../../lambda/core/spend/kept-day.ts';
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

const YESTERDAY = Date.UTC(2026, 7, 6);
const SUMMED: DaySums = {
  view: 'any',
  sums: [{ ...factsOf(charge({ created: YESTERDAY + 5 })), microUsd: 1_912_500 }],
};

/** What every ledger does. `make` gives an empty one, whose clock stands at noon of 2026-08-07. */
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

    it('knows which of some runs and sessions it holds, each on the day of its creation', async () => {
      const ledger = await make();
      const session = charge({ arn: 'arn:aws:devicefarm:us-west-2:123456789012:session:p/s/00000' });
      const other = charge({ arn: 'arn:aws:devicefarm:us-west-2:123456789012:run:other/r' });
      await ledger.add([charge(), session]);

      const known = await ledger.known([charge(), session, other, charge({ arn: `${charge().arn}2` })]);

      expect(known).toEqual(new Set([charge().arn, session.arn]));
      expect(await ledger.known([charge({ created: NOON - DAY })])).toEqual(new Set());
      expect(await ledger.known([])).toEqual(new Set());
    });

    describe('of a day that is over', () => {
      it('keeps sums, and gives them back', async () => {
        const ledger = await make();

        const kept = await ledger.keepSums(YESTERDAY, SUMMED, undefined);

        expect(kept).toBe(true);
        expect([...(await ledger.days(YESTERDAY + 5))]).toMatchObject([[YESTERDAY, { summed: SUMMED }]]);
      });

      it('gives nothing of the days before the one that is asked for', async () => {
        const ledger = await make();
        await ledger.keepSums(YESTERDAY, SUMMED, undefined);

        expect((await ledger.days(NOON)).size).toBe(0);
      });

      it('keeps sums of another view instead', async () => {
        const ledger = await make();
        await ledger.keepSums(YESTERDAY, SUMMED, undefined);
        const seen = (await ledger.days(YESTERDAY)).get(YESTERDAY);

        const kept = await ledger.keepSums(YESTERDAY, { view: 'other', sums: [] }, seen);

        expect(kept).toBe(true);
        expect((await ledger.days(YESTERDAY)).get(YESTERDAY)?.summed).toEqual({ view: 'other', sums: [] });
      });

      it('drops its sums before charges are written, and says until when they may come', async () => {
        const ledger = await make();
        await ledger.keepSums(YESTERDAY, SUMMED, undefined);
        await ledger.add([charge({ created: YESTERDAY + 7 })]);

        const day = (await ledger.days(YESTERDAY)).get(YESTERDAY);

        expect(day?.summed).toBeUndefined();
        expect(day?.writtenUntil).toBeGreaterThanOrEqual(NOON + 15 * 60_000);
      });

      it.each([
        { what: 'nothing', before: async () => {} },
        { what: 'sums', before: (ledger: Ledger) => ledger.keepSums(YESTERDAY, SUMMED, undefined) },
        {
          what: 'an announcement',
          before: (ledger: Ledger) => ledger.add([charge({ created: YESTERDAY })]),
        },
      ])(
        'keeps no sums of charges that were read before others were written: $what at first',
        async ({ before }) => {
          const ledger = await make();
          await before(ledger);
          const seen = (await ledger.days(YESTERDAY)).get(YESTERDAY);
          await ledger.add([charge({ created: YESTERDAY + 7 })]);

          const kept = await ledger.keepSums(YESTERDAY, SUMMED, seen);

          expect(kept).toBe(false);
          expect((await ledger.days(YESTERDAY)).get(YESTERDAY)?.summed).toBeUndefined();
        },
      );
    });

    it('announces no charges of the day that is not over', async () => {
      const ledger = await make();

      await ledger.add([charge()]);

      expect((await ledger.days(YESTERDAY)).size).toBe(0);
    });
  });
}

function factsOf({ arn: _, ...facts }: Charge) {
  return facts;
}
