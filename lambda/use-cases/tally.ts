import type { Charge } from '../core/charge.ts';
import type { Policy } from '../core/policy/schema.ts';
import { type BudgetState, budgetHorizon, budgetStates } from '../core/spend/budget-state.ts';
import { type SpendLine, spendHorizon, spendLines } from '../core/spend/spend-line.ts';
import type { Ledger } from '../ports.ts';

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
  ledger: Pick<Ledger, 'between'>,
  policy: Policy,
  charges: { readonly unsettled: readonly Charge[]; readonly settled: readonly Charge[] },
  now: number,
): Promise<Tally> {
  const day = spendHorizon(policy, now);
  const from = Math.min(budgetHorizon(policy, charges.unsettled, now) ?? day, day);
  const known = await ledger.between(from, now);
  const once = new Map(
    [...charges.unsettled, ...charges.settled, ...known].map((charge) => [charge.arn, charge]),
  );
  const all = [...once.values()];
  return { budgets: budgetStates(policy, all, now), spend: spendLines(policy, all, now) };
}
