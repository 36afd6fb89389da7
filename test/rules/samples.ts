import type { WorkItem } from '../../lambda/model.ts';
import { parsePolicy } from '../../lambda/policy/load.ts';
import type { Policy, PolicyInput } from '../../lambda/policy/schema.ts';
import { decide } from '../../lambda/rules/decide.ts';
import type { Finding, RuleContext } from '../../lambda/rules/rule.ts';
import { type Rule, type RuleInput, typeOf } from '../../lambda/rules/rules.ts';
import { type BudgetLimit, type BudgetState, budgetStates } from '../../lambda/usage/budgets.ts';
import { remainingMinutes } from '../../lambda/usage/minutes.ts';
import { periodOf } from '../../lambda/usage/periods.ts';
import { NOW, usage } from '../support/samples.ts';

type Typed<T extends Rule['type']> = Extract<RuleInput, { type: T }>;

/** An enforcing policy with these rules. */
export function policy(rules: readonly RuleInput[], others: Partial<PolicyInput> = {}): Policy {
  return parsePolicy({ version: 1, mode: 'enforce', rules, ...others });
}

/** A rule as the policy holds it, defaults filled in. */
export function ruleOf(input: RuleInput): Rule {
  const [rule] = policy([input]).rules;
  if (!rule) throw new Error('the policy has no rule');
  return rule;
}

/** What a rule says of an item, whether it matches or not. */
export function find(input: RuleInput, item: WorkItem, context: Partial<RuleContext> = {}): Finding {
  const rule = ruleOf(input);
  const whole = {
    now: NOW,
    timezone: 'UTC',
    budgets: [],
    histories: new Map(),
    newest: new Map(),
    extensions: new Map(),
    worstCase: new Map(),
    ...context,
  };
  return typeOf(rule.type).judge(rule, whole)(item);
}

/** The same, with the sentence made. */
export function found(...args: Parameters<typeof find>) {
  const { verdict, reason, scope } = find(...args);
  return { verdict, reason: reason(), scope };
}

export const verdictOf = (...args: Parameters<typeof find>) => find(...args).verdict;

/** A budget that stops all work above 100 minutes a day. */
export function budgetInput(others: Partial<Typed<'budget'>> = {}): Typed<'budget'> {
  return {
    id: 'team-budget',
    type: 'budget',
    period: 'day',
    limit: { minutes: 100 },
    thresholds: [{ percent: 100, action: 'stop-all' }],
    ...others,
  };
}

/** The same as the policy holds it. */
export function budgetLimit(others: Partial<Typed<'budget'>> = {}): BudgetLimit {
  const rule = ruleOf(budgetInput(others));
  if (rule.type !== 'budget') throw new Error(`${rule.type} is no budget`);
  return rule;
}

/** A budget of 100 minutes in the period of `NOW`. */
export function budgetState(facts: Omit<Partial<BudgetState>, 'amounts'> = {}): BudgetState {
  const { rule = budgetLimit(), spent = 0, worstCase = spent, forecast } = facts;
  const figures = { spent, worstCase, ...(forecast === undefined ? {} : { forecast }) };
  return {
    rule,
    period: periodOf(rule.period, NOW, 'UTC'),
    unit: 'minutes',
    limit: 100,
    amounts: { usd: figures, meteredMinutes: figures, minutes: figures },
    ...figures,
    ...facts,
  };
}

/** The states of all budgets of a policy when these items are all there is. */
export function statesOf(own: Policy, items: readonly WorkItem[]): readonly BudgetState[] {
  const usages = items.map((item) =>
    usage({
      arn: item.arn,
      project: item.project,
      run: item.run?.name,
      billing: item.billing,
      created: item.usageAt ?? NOW,
      basis: 'inFlight',
      minutes: item.minutes,
      remaining: remainingMinutes(item),
    }),
  );
  return budgetStates(own, usages, NOW);
}

/** What is decided of items that are all there is. */
export function decideAll(items: readonly WorkItem[], own: Policy) {
  const budgets = statesOf(own, items);
  return decide(items, { policy: own, now: NOW, budgets, histories: new Map(), exemptions: [] });
}

/** The ARNs of what is stopped, sorted. */
export function stoppedOf(items: readonly WorkItem[], own: Policy): readonly string[] {
  return decideAll(items, own)
    .filter(({ action }) => action === 'stop')
    .map(({ item }) => item.arn)
    .sort();
}
