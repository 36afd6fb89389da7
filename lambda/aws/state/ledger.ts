import type { Charge } from '../../core/charge.ts';
import { isOver, utcDayOf, utcDays } from '../../core/spend/kept-day.ts';
import type { Ledger } from '../../ports.ts';
import type { Table } from '../table.ts';
import { isMinutes } from './is-minutes.ts';
import { KeptDays } from './kept-days.ts';
import { malformedItem } from './malformed-item.ts';

/** Days that a charge is kept: longer than any budget looks back, with its unsettled periods. */
const KEEP_DAYS = 100;

/** Settled runs and sessions in the state table, one partition for each UTC day of creation. */
export function ledger(table: Table, clock: () => number, newToken: () => string): Ledger {
  const days = new KeptDays(table, clock, newToken, expiryOf);
  return {
    async add(charges) {
      // The day that is not over has no sums. Of the others nobody may keep one while the charges are on their way.
      const touched = new Set(charges.map(({ created }) => utcDayOf(created)));
      await days.announce([...touched].filter((day) => isOver(day, clock())));
      // One batch may not hold a key twice; the last form of a charge is the one that holds.
      const items = charges.map(toItem);
      const once = new Map(items.map((item) => [`${item.pk} ${item.sk}`, item]));
      await table.putAll([...once.values()]);
    },
    async between(from, to) {
      const charges: Charge[] = [];
      for (const day of utcDays(from, to)) {
        const items = await table.query({ key: ['pk', partition(day)] });
        charges.push(...items.map(toCharge));
      }
      return charges.filter(({ created }) => created >= from && created < to);
    },
    async known(works) {
      const places = new Set(works.map(({ arn, created }) => `${partition(created)} ${siblings(arn)}`));
      const found = new Set<string>();
      for (const place of places) {
        const [pk = '', prefix = ''] = place.split(' ');
        const items = await table.query({ key: ['pk', pk], beginsWith: ['sk', prefix] });
        for (const { sk } of items) found.add(String(sk));
      }
      return new Set(works.map(({ arn }) => arn).filter((arn) => found.has(arn)));
    },
    days: (from) => days.since(utcDayOf(from)),
    keepSums: (day, summed, seen) => days.keep(day, summed, seen),
  };
}

function toItem(charge: Charge) {
  return {
    pk: partition(charge.created),
    sk: charge.arn,
    charge,
    expires: expiryOf(charge.created),
  };
}

/** A charge that cannot be read is not a charge of nothing. */
function toCharge(item: Readonly<Record<string, unknown>>): Charge {
  const { charge } = item;
  if (!isCharge(charge)) throw malformedItem('no charge', item);
  return charge;
}

/** The members on which figures depend: one that is no number would make every sum none, and no budget would be over. */
function isCharge(value: unknown): value is Charge {
  return (
    typeof value === 'object' &&
    value !== null &&
    'arn' in value &&
    typeof value.arn === 'string' &&
    'created' in value &&
    typeof value.created === 'number' &&
    'minutes' in value &&
    isMinutes(value.minutes)
  );
}

function partition(at: number): string {
  return `ledger#${new Date(at).toISOString().slice(0, 10)}`;
}

/** How the ARNs of the same kind and project begin: `...:run:<project>/`, `...:session:<project>/`. */
function siblings(arn: string): string {
  return arn.slice(0, arn.indexOf('/') + 1) || arn;
}

/** Epoch seconds. */
function expiryOf(at: number): number {
  return Math.floor(at / 1000) + KEEP_DAYS * 86_400;
}
