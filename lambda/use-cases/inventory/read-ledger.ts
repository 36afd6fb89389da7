import type { Charge, Spent } from '../../core/charge.ts';
import { AwsCallError } from '../../core/errors.ts';
import type { Policy } from '../../core/policy/schema.ts';
import { endOf, isAtRest, type KeptDay, utcDays } from '../../core/spend/kept-day.ts';
import { sumAlike, viewOf } from '../../core/spend/sum-alike.ts';
import type { Ledger } from '../../ports.ts';
import type { Problems } from '../problems.ts';

export interface LedgerPorts {
  readonly ledger: Pick<Ledger, 'between' | 'days'>;
  /** Keeps the sums of days that are over; absent: nothing is written. */
  readonly keeper?: { readonly ledger: Pick<Ledger, 'keepSums'> };
}

/** What the ledger holds since some moment. */
export interface Settled {
  /** Of days at rest, as sums; of the first day also what was created before that moment. */
  readonly sums: readonly Spent[];
  /** Of the other days, one by one. */
  readonly charges: readonly Charge[];
}

/**
 * Reads what was settled: a UTC day at rest by its sums, which are made and kept when there are none for this policy; the
 * current day and `open` ones by their charges. So a sweep does not read more the longer the month gets.
 * @param open first moments of UTC days of which a charge may stand in the ledger and elsewhere as well
 * @throws AwsCallError when the ledger does not answer
 */
export async function readLedger(
  ports: LedgerPorts,
  policy: Policy,
  open: ReadonlySet<number>,
  { from, now }: { readonly from: number; readonly now: number },
  problems: Problems,
): Promise<Settled> {
  const days = utcDays(from, now);
  // Before any charge: sums are kept only if nobody has begun to write others since.
  const kept: ReadonlyMap<number, KeptDay> = days.length > 1 ? await ports.ledger.days(from) : new Map();
  const sums: Spent[] = [];
  const charges: Charge[] = [];
  for (const day of days) {
    const seen = kept.get(day);
    if (!open.has(day) && isAtRest(day, seen, now))
      sums.push(...(await sumsOf(ports, policy, day, seen, problems)));
    else charges.push(...(await ports.ledger.between(Math.max(day, from), Math.min(endOf(day), now))));
  }
  return { sums, charges };
}

async function sumsOf(
  { ledger, keeper }: LedgerPorts,
  policy: Policy,
  day: number,
  seen: KeptDay | undefined,
  problems: Problems,
): Promise<readonly Spent[]> {
  const view = viewOf(policy);
  if (seen?.summed?.view === view) return seen.summed.sums;
  const sums = sumAlike(await ledger.between(day, endOf(day)), policy);
  // The sums are right whether they are kept or not: they are made again in the next sweep.
  await keeper?.ledger.keepSums(day, { view, sums }, seen).catch((error) => {
    if (!(error instanceof AwsCallError)) throw error;
    problems.refused(
      `the sums of ${new Date(day).toISOString().slice(0, 10)} could not be kept`,
      error.error,
    );
  });
  return sums;
}
