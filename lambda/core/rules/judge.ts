import { assertNever } from '../assert-never.ts';
import type { Verdict } from '../decision.ts';
import { matchesItem } from '../policy/match.ts';
import type { Policy, Rule } from '../policy/schema.ts';
import type { BudgetState } from '../spend/budget-state.ts';
import type { WorkItem } from '../work-item.ts';
import { budget } from './budget.ts';
import { type Finding, notApplicable } from './finding.ts';
import { jobDuration } from './job-duration.ts';
import { queueAge } from './queue-age.ts';
import { runMinutes } from './run-minutes.ts';

/** What every rule may look at besides the item. `now` is epoch milliseconds. */
import { type NewestRuns, superseded } from './superseded.ts';
import { window } from './window.ts';
export interface Circumstances {
  readonly policy: Policy;
  readonly budgets: readonly BudgetState[];
  readonly now: number;
  /** The newest runs of superseded rules; `decide` works them out. */
  readonly newest?: NewestRuns;
}

/** The verdict of one rule on one item. */
export function judge(rule: Rule, item: WorkItem, circumstances: Circumstances): Verdict {
  const finding = matchesItem(rule.match, item)
    ? find(rule, item, circumstances)
    : notApplicable('does not match this rule');
  return {
    rule: rule.id,
    verdict: finding.verdict,
    reason: finding.reason,
    mode: circumstances.policy.mode === 'enforce' ? (rule.mode ?? 'enforce') : 'observe',
    only: finding.verdict === 'over' ? finding.only : 'any',
    ignoresExemptions: rule.type === 'budget' && rule.ignoreExemptions,
  };
}

function find(rule: Rule, item: WorkItem, circumstances: Circumstances): Finding {
  const { budgets, now, policy } = circumstances;
  switch (rule.type) {
    case 'job-duration':
      return jobDuration(rule, item, now);
    case 'run-minutes':
      return runMinutes(rule, item);
    case 'queue-age':
      return queueAge(rule, item, now);
    case 'budget':
      return budget(rule, item, budgets);
    default:
      return assertNever(rule);
  }
}
    case 'superseded':
      return superseded(rule, item, circumstances.newest ?? new Map());
    case 'window':
      return window(rule, item, now, policy.timezone);
