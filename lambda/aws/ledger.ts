import type { Charge } from '../core/charge.ts';
import type { Ledger } from '../ports.ts';
import { malformedItem } from './malformed-item.ts';
import type { Table } from './table.ts';

const DAY = 86_400_000;
/** Days that a charge is kept: longer than any budget looks back, with its unsettled periods. */
const KEEP_DAYS = 100;

/** Settled runs and sessions in the state table, one partition for each UTC day of creation. */
export function ledger(table: Table): Ledger {
  return {
    async add(charges) {
      // One batch may not hold a key twice; the last form of a charge is the one that holds.
      const items = charges.map(toItem);
      const once = new Map(items.map((item) => [`${item.pk} ${item.sk}`, item]));
      await table.putAll([...once.values()]);
    },
    async between(from, to) {
      const charges: Charge[] = [];
      for (let day = startOfUtcDay(from); day < to; day += DAY) {
        const items = await table.query({ key: ['pk', partition(day)] });
        charges.push(...items.map(toCharge));
      }
      return charges.filter(({ created }) => created >= from && created < to);
    },
  };
}

function toItem(charge: Charge) {
  return {
    pk: partition(charge.created),
    sk: charge.arn,
    charge,
    expires: Math.floor(charge.created / 1000) + KEEP_DAYS * 86_400,
  };
}

/** A charge that cannot be read is not a charge of nothing. */
function toCharge(item: Readonly<Record<string, unknown>>): Charge {
  const { charge } = item;
  if (!isCharge(charge)) throw malformedItem('no charge', item);
  return charge;
}

/** The members on which sums depend. */
function isCharge(value: unknown): value is Charge {
  return (
    typeof value === 'object' &&
    value !== null &&
    'arn' in value &&
    typeof value.arn === 'string' &&
    'created' in value &&
    typeof value.created === 'number' &&
    'minutes' in value &&
    typeof value.minutes === 'object'
  );
}

function partition(at: number): string {
  return `ledger#${new Date(at).toISOString().slice(0, 10)}`;
}

function startOfUtcDay(at: number): number {
  return Math.floor(at / DAY) * DAY;
}
