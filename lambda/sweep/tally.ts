import type { Usage } from '../model.ts';
import { plain } from '../text.ts';
import { type BudgetState, budgetHorizon, budgetStates } from '../usage/budgets.ts';
import { type SpendLine, spendHorizon, spendLines } from '../usage/spend-lines.ts';
import type { Invocation, Readers } from '../wiring.ts';
import type { Inventory } from './inventory.ts';

/** What was used: by each budget, and by the account and its projects. */
export interface Tally {
  readonly budgets: readonly BudgetState[];
  readonly lines: readonly SpendLine[];
  /** Settled and in flight, each run or session once. */
  readonly counted: readonly Usage[];
}

/**
 * What everything stands at: the ledger, and what is not settled yet. A run or session counts once, by its ARN; what is settled
 * wins.
 * @throws AwsCallError when the ledger does not answer
 */
export async function tally(
  { ledger }: Pick<Readers, 'ledger'>,
  { usages, settled }: Pick<Inventory, 'usages' | 'settled'>,
  { policy, now, diagnostics }: Invocation,
  { write }: { readonly write: boolean } = { write: true },
): Promise<Tally> {
  const day = spendHorizon(policy, now);
  const from = Math.min(budgetHorizon(policy, usages, now) ?? day, day);
  const known = await ledger.read(from, (what) =>
    diagnostics.note(`the ledger is missing something: ${plain(what)}`),
  );
  const all = new Map<string, Usage>();
  for (const usage of [...usages, ...known.usages, ...settled]) all.set(usage.arn, usage);
  if (write) {
    await diagnostics.during('days of the ledger could not be sealed', ledger.seal(known), undefined);
  }
  const once = [...all.values()];
  return { budgets: budgetStates(policy, once, now), lines: spendLines(policy, once, now), counted: once };
}
