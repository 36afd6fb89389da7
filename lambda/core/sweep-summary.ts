/** What a sweep did: its return value, and the counts of its audit record. Minutes are device minutes. */
export interface SweepSummary {
  readonly sweepId: string;
  readonly mode: 'observe' | 'enforce';
  readonly policyVersion: string;
  readonly projects: number;
  readonly activeRuns: number;
  readonly activeItems: number;
  readonly wouldStop: readonly string[];
  readonly stopped: readonly string[];
  readonly alreadyStopping: readonly string[];
  readonly failed: readonly { readonly arn: string; readonly error: string }[];
  readonly heldBack: readonly { readonly arn: string; readonly why: string }[];
  readonly confirmed: readonly string[];
  /** Not everything could be seen: `problems` says what. */
  readonly partial: boolean;
  readonly problems: readonly string[];
  readonly usage: readonly BudgetFigures[];
}

/** One budget in one period. Money is in US dollars, rounded to cents only when printed. */
export interface BudgetFigures {
  readonly rule: string;
  /** First day of the period in the policy's time zone, such as 2026-11-23. */
  readonly period: string;
  readonly unit: 'usd' | 'meteredMinutes' | 'minutes';
  readonly spent: number;
  readonly limit: number;
  /** Not all runs and sessions of the period have been read yet: the figure is a lower bound. */
  readonly incomplete: boolean;
}
