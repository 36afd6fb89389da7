import type { AccountSettings } from '../account-settings.ts';
import type { Lesson } from '../lessons/lesson.ts';
import type { EstimateError } from '../spend/estimate-error.ts';

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
  /** The account and each project in the current periods, whatever the budgets are about. */
  readonly spend: readonly SpendFigures[];
  /** Trial minutes and unmetered slots; `null` when they are not known. */
  readonly account: Pick<AccountSettings, 'trial' | 'unmeteredSlots'> | null;
  /** Metered work beside idle unmetered slots, one sentence each. */
  readonly idleSlots: readonly string[];
  /** How wrong the estimates were of what this sweep settled. */
  readonly estimateError: EstimateError;
  /** What would-be stops have taught whose work has ended, by rule. */
  readonly lessons: readonly Lesson[];
}

/** `spent`, `committed` and `forecast`, as the policy names them; `null`: there is no forecast yet. */
export interface BasisFigures {
  readonly spent: number;
  readonly committed: number;
  readonly forecast: number | null;
}

/** The account or one project in one period. Minutes are device minutes, `usd` is US dollars. */
export interface SpendFigures {
  /** `null`: the account as a whole. */
  readonly project: string | null;
  readonly projectArn: string | null;
  readonly kind: 'day' | 'week' | 'month';
  /** First day of the period in the policy's time zone, such as 2026-11-23. */
  readonly period: string;
  readonly minutes: BasisFigures;
  readonly usd: BasisFigures;
  /** Not all runs and sessions of the period have been read yet: the figures are lower bounds. */
  readonly incomplete: boolean;
}

/** One budget in one period: its figures in `unit`. Money is in US dollars, rounded to cents only when printed. */
export interface BudgetFigures extends BasisFigures {
  readonly rule: string;
  /** First day of the period in the policy's time zone, such as 2026-11-23. */
  readonly period: string;
  readonly unit: 'usd' | 'meteredMinutes' | 'minutes';
  readonly limit: number;
  /** The same figures in device minutes and in US dollars, whatever the unit of the limit. */
  readonly minutes: BasisFigures;
  readonly usd: BasisFigures;
  /** Not all runs and sessions of the period have been read yet: the figure is a lower bound. */
  readonly incomplete: boolean;
}
