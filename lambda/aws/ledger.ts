import type { Charge } from '../core/charge.ts';
import type { Ledger } from '../ports.ts';
import type { Table } from './table.ts';

const DAY = 86_400_000;
/** Days that a charge is kept: longer than any budget looks back, with its unsettled periods. */
const KEEP_DAYS = 100;

/** Settled runs and sessions in the state table, one partition for each UTC day of creation. */
export function ledger(table: Table): Ledger {
  return {
    async add(charges) {
      await table.putAll(
        charges.map((charge) => ({
          pk: partition(charge.created),
          sk: charge.arn,
          charge,
          expires: Math.floor(charge.created / 1000) + KEEP_DAYS * 86_400,
        })),
      );
    },
    async between(from, to) {
      const charges: Charge[] = [];
      for (let day = startOfUtcDay(from); day < to; day += DAY) {
        const items = await table.query({ key: ['pk', partition(day)] });
        charges.push(...items.map(({ charge }) => charge as Charge));
      }
      return charges.filter(({ created }) => created >= from && created < to);
    },
  };
}

function partition(at: number): string {
  return `ledger#${new Date(at).toISOString().slice(0, 10)}`;
}

function startOfUtcDay(at: number): number {
  return Math.floor(at / DAY) * DAY;
}
