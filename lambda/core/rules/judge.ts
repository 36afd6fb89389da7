import { assertNever } from '../assert-never.ts';
import type { Verdict } from '../decision.ts';
import type { Histories } from '../inventory/run-history.ts';
import { matchesItem } from '../policy/match.ts';
import type { Policy, Rule } from '../policy/schema.ts';
import type { BudgetState } from '../spend/budget-state.ts';
import type { HeldOrder } from '../steering/held-order.ts';
import type { Protection } from '../steering/protection.ts';
import type { WorkItem } from '../work-item.ts';
import { budget } from './budget.ts';
import type { Cuts } from './cut.ts';
import { elastic } from './elastic.ts';
import { type Finding, notApplicable } from './finding.ts';
import { jobDuration } from './job-duration.ts';
import { queueAge } from './queue-age.ts';
import { runMinutes } from './run-minutes.ts';
import { stalled } from './stalled.ts';
import { type NewestRuns, superseded } from './superseded.ts';
import { window } from './window.ts';

/** What every rule may look at besides the item. `now` is epoch milliseconds. */
export interface Circumstances {
  readonly policy: Policy;
  readonly budgets: readonly BudgetState[];
  /** What thresholds on committed figures stop; `decide` works it out. */
  readonly cuts?: Cuts;
  readonly now: number;
  /** Durations of successful jobs, for elastic rules. @default none */
  readonly histories?: Histories;
  /** The newest runs of superseded rules; `decide` works them out. */
  readonly newest?: NewestRuns;
  /** What protects work besides the policy. @default nothing */
  readonly protections?: readonly Protection[];
  /** Stops that messages of AWS ordered and the cap held back. @default none */
  readonly heldOrders?: readonly HeldOrder[];
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
  const { budgets, now, policy, cuts } = circumstances;
  switch (rule.type) {
    case 'job-duration':
      return jobDuration(rule, item, now);
    case 'run-minutes':
      return runMinutes(rule, item);
    case 'queue-age':
      return queueAge(rule, item, now);
    case 'elastic':
      return elastic(rule, item, circumstances.histories ?? new Map(), now);
    case 'stalled':
      return stalled(rule, item, now);
    case 'superseded':
      return superseded(rule, item, circumstances.newest ?? new Map());
    case 'window':
      return window(rule, item, now, policy.timezone);
    case 'budget':
      return budget(rule, item, budgets, cuts);
    default:
      return assertNever(rule);
  }
}
