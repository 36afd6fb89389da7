import type { AccountSettings } from '../account-settings.ts';
import type { Charge } from '../charge.ts';
import type { Decision } from '../decision.ts';
import type { Lesson } from '../lessons/lesson.ts';
import type { BudgetState } from '../spend/budget-state.ts';
import { estimateErrorOf } from '../spend/estimate-error.ts';
import { type IdleSlots, idleSlotsSentence } from '../spend/idle-slots.ts';
import { MICRO_PER_USD } from '../spend/money.ts';
import type { SpendLine } from '../spend/spend-line.ts';
import type { Outcome } from '../stops/outcome.ts';
import { inMinutesAndMoney, isIncomplete, named, spendFigures } from './named-figures.ts';
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
    readonly settled: readonly Charge[];
  };
  readonly budgets: readonly BudgetState[];
  readonly spend: readonly SpendLine[];
  readonly account?: AccountSettings;
  readonly idleSlots: readonly IdleSlots[];
  readonly decisions: readonly Decision[];
  readonly results: readonly (
    | Outcome
    | { readonly kind: 'heldBack'; readonly arn: string; readonly why: string; readonly by?: string }
  )[];
  readonly confirmed: readonly string[];
  readonly lessons: readonly Lesson[];
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
    partial:
      inventory.partial ||
      findings.blind ||
      results.some((result) => result.kind === 'heldBack' && result.by === undefined),
    problems: [...inventory.problems, ...findings.problems],
    usage: budgets.map((state) => figures(state, inventory.completeFrom)),
    spend: findings.spend.map((line) => spendFigures(line, inventory.completeFrom)),
    account: findings.account ? shown(findings.account) : null,
    idleSlots: findings.idleSlots.map(idleSlotsSentence),
    estimateError: estimateErrorOf(inventory.settled),
    lessons: findings.lessons,
  };
}

function shown({ trial, unmeteredSlots }: AccountSettings): SweepSummary['account'] {
  return { ...(trial ? { trial } : {}), unmeteredSlots };
}

function figures(state: BudgetState, completeFrom: number | undefined): BudgetFigures {
  const { rule, period, unit, limit, amounts } = state;
  const scale = unit === 'usd' ? MICRO_PER_USD : 1;
  return {
    rule: rule.id,
    period: period.label,
    unit,
    ...named(state, scale),
    limit: limit / scale,
    ...inMinutesAndMoney(amounts),
    incomplete: isIncomplete(period, completeFrom),
  };
}
