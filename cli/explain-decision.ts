import type { Decision, Verdict } from '../lambda/core/decision.ts';
import { matchesItem } from '../lambda/core/policy/match.ts';
import type { Policy } from '../lambda/core/policy/schema.ts';
import type { WorkItem } from '../lambda/core/work-item.ts';
import { describeMatch } from './describe-match.ts';

/**
 * Why an item is stopped or kept. A kept item's reason says what every rule that applies to it found, and why a budget does not
 * count it; when no rule applies, why none does.
 */
export function explainDecision(decision: Decision, { rules }: Pick<Policy, 'rules'>): string {
  const { item, action, exemption, verdicts, reason } = decision;
  if (action !== 'keep' || exemption !== undefined || verdicts.length === 0) return reason;
  const within = verdicts.filter(({ verdict }) => verdict === 'within').map((one) => one.reason);
  const budgets = new Set(rules.filter(({ type }) => type === 'budget').map(({ id }) => id));
  const others = verdicts
    .filter(({ verdict, rule }) => verdict === 'notApplicable' && (within.length === 0 || budgets.has(rule)))
    .map((verdict) => `rule ${verdict.rule} does not apply: ${whyNot(verdict, item, rules)}`);
  return [...within, ...others].join('; ');
}

function whyNot({ rule: id, reason }: Verdict, item: WorkItem, rules: Policy['rules']): string {
  const rule = rules.find((one) => one.id === id);
  return rule && !matchesItem(rule.match, item) ? `it is for ${describeMatch(rule.match)}` : `it ${reason}`;
}
