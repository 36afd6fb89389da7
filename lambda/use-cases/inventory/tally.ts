import type { Charge } from '../../core/charge.ts';
import type { Policy } from '../../core/policy/schema.ts';
import { type BudgetState, budgetHorizon, budgetStates } from '../../core/spend/budget-state.ts';
import { utcDayOf } from '../../core/spend/kept-day.ts';
import { type SpendLine, spendHorizon, spendLines } from '../../core/spend/spend-line.ts';
import type { Problems } from '../problems.ts';
import { type LedgerPorts, readLedger } from './read-ledger.ts';

/** What was used: by each budget, and by the account and its projects. */
export interface Tally {
  readonly budgets: readonly BudgetState[];
  readonly spend: readonly SpendLine[];
}

/**
 * What everything stands at: the ledger, and on top of it what is not settled yet. A run or session counts once,
 * by its ARN; its settled charge wins.
 * @throws AwsCallError when the ledger does not answer
 */
export async function tally(
  ports: LedgerPorts,
  policy: Policy,
  charges: { readonly unsettled: readonly Charge[]; readonly settled: readonly Charge[] },
  now: number,
  problems: Problems,
): Promise<Tally> {
  const day = spendHorizon(policy, now);
  const from = Math.min(budgetHorizon(policy, charges.unsettled, now) ?? day, day);
  const here = [...charges.unsettled, ...charges.settled];
  // Sums have no ARNs: a day of which something is known here as well is read one by one.
  const open = new Set(here.map(({ created }) => utcDayOf(created)));
  const ledger = await readLedger(ports, policy, open, { from, now }, problems);
  const once = new Map([...here, ...ledger.charges].map((charge) => [charge.arn, charge]));
  const all = [...ledger.sums, ...once.values()];
  return { budgets: budgetStates(policy, all, now), spend: spendLines(policy, all, now) };
}
