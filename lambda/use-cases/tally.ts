import type { Charge } from '../core/charge.ts';
import type { Policy } from '../core/policy/schema.ts';
import { type BudgetState, budgetHorizon, budgetStates } from '../core/spend/budget-state.ts';
import type { Ledger } from '../ports.ts';

/**
 * What every budget stands at: the ledger, and on top of it what is not settled yet. A run or session counts once,
 * by its ARN; its settled charge wins.
 * @throws AwsCallError when the ledger does not answer
 */
export async function tally(
  ledger: Pick<Ledger, 'between'>,
  policy: Policy,
  charges: { readonly unsettled: readonly Charge[]; readonly settled: readonly Charge[] },
  now: number,
): Promise<readonly BudgetState[]> {
  const from = budgetHorizon(policy, charges.unsettled, now);
  if (from === undefined) return [];
  const known = await ledger.between(from, now);
  const once = new Map(
    [...charges.unsettled, ...charges.settled, ...known].map((charge) => [charge.arn, charge]),
  );
  return budgetStates(policy, [...once.values()], now);
}
