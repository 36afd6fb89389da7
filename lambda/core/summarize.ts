import type { Decision } from './decision.ts';
import type { Outcome } from './outcome.ts';
import type { BudgetState } from './spend/budget-state.ts';
import { MICRO_PER_USD } from './spend/money.ts';
import type { BudgetFigures, SweepSummary } from './sweep-summary.ts';

/** What `summarize` needs of a sweep. */
export interface Findings {
  readonly inventory: {
    readonly projects: readonly unknown[];
    readonly activeRuns: number;
    readonly items: readonly unknown[];
    readonly completeFrom?: number;
    readonly partial: boolean;
    readonly problems: readonly string[];
  };
  readonly budgets: readonly BudgetState[];
  readonly decisions: readonly Decision[];
  readonly results: readonly (
    | Outcome
    | { readonly kind: 'heldBack'; readonly arn: string; readonly why: string }
  )[];
  readonly confirmed: readonly string[];
  readonly blind: boolean;
  readonly problems: readonly string[];
}

/** The summary of a sweep from what it found and did. */
export function summarize(
  findings: Findings,
  {
    sweepId,
    policy,
    policyVersion,
  }: { sweepId: string; policy: { mode: 'observe' | 'enforce' }; policyVersion: string },
): SweepSummary {
  const { inventory, decisions, results, budgets, confirmed } = findings;
  const arnsOf = (...kinds: readonly string[]): readonly string[] =>
    results.filter(({ kind }) => kinds.includes(kind)).map(({ arn }) => arn);
  return {
    sweepId,
    mode: policy.mode,
    policyVersion,
    projects: inventory.projects.length,
    activeRuns: inventory.activeRuns,
    activeItems: inventory.items.length,
    wouldStop: decisions.filter(({ action }) => action === 'would-stop').map(({ item }) => item.arn),
    stopped: arnsOf('stopped'),
    alreadyStopping: arnsOf('alreadyStopping', 'inProgress'),
    failed: results.flatMap((result) =>
      result.kind === 'failed' ? [{ arn: result.arn, error: result.error }] : [],
    ),
    heldBack: results.flatMap((result) =>
      result.kind === 'heldBack' ? [{ arn: result.arn, why: result.why }] : [],
    ),
    confirmed,
    partial: inventory.partial || findings.blind || results.some(({ kind }) => kind === 'heldBack'),
    problems: [...inventory.problems, ...findings.problems],
    usage: budgets.map((state) => figures(state, inventory.completeFrom)),
  };
}

function figures(
  { rule, period, unit, spent, limit }: BudgetState,
  completeFrom: number | undefined,
): BudgetFigures {
  const scale = unit === 'usd' ? MICRO_PER_USD : 1;
  return {
    rule: rule.id,
    period: period.label,
    unit,
    spent: spent / scale,
    limit: limit / scale,
    incomplete: completeFrom === undefined || completeFrom > period.start,
  };
}
