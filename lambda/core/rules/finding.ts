import type { StopScope } from '../decision.ts';

/** What a rule finds of one item: the part of a verdict that the rule itself knows. */
export type Finding =
  | { readonly verdict: 'within'; readonly reason: string }
  | { readonly verdict: 'notApplicable'; readonly reason: string }
  /** `only`: `queued` when the stop holds only while the item has not started. */
  | { readonly verdict: 'over'; readonly reason: string; readonly only: StopScope };

export function notApplicable(reason: string): Finding {
  return { verdict: 'notApplicable', reason };
}

/** Over when `value` is strictly above `limit`. */
export function compare(value: number, limit: number, reason: string, only: StopScope = 'any'): Finding {
  return value > limit ? { verdict: 'over', reason, only } : { verdict: 'within', reason };
}
