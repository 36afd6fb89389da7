import type { BudgetLimit, UsagePolicy } from '../../lambda/usage/budgets.ts';

/** A budget of 50 dollars a day that only notifies. */
export function budget(facts: Partial<BudgetLimit> = {}): BudgetLimit {
  return {
    id: 'daily',
    type: 'budget',
    match: {},
    period: 'day',
    limit: { usd: 50 },
    ignoreExemptions: false,
    thresholds: [{ percent: 100, basis: 'spent', action: 'notify' }],
    ...facts,
  };
}

/** What figures need of a policy, in UTC at the usual price. */
export function usagePolicy(
  rules: UsagePolicy['rules'],
  facts: Partial<Omit<UsagePolicy, 'rules'>> = {},
): UsagePolicy {
  return { timezone: 'UTC', pricePerMeteredMinute: 0.17, rules, ...facts };
}
