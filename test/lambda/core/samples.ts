import type { Charge } from '../../../lambda/core/charge.ts';
import { NO_MINUTES } from '../../../lambda/core/minutes.ts';
import { parsePolicy } from '../../../lambda/core/policy/parse-policy.ts';
import type { BudgetRule, LimitRule, Policy, PolicyInput, Rule } from '../../../lambda/core/policy/schema.ts';
import type { Job, Project, Run, Session } from '../../../lambda/core/service.ts';
import type { BudgetState } from '../../../lambda/core/spend/budget-state.ts';
import { periodOf } from '../../../lambda/core/spend/period.ts';
import { phaseOf, type WorkItem } from '../../../lambda/core/work-item.ts';

/** A Wednesday. */
export const now = Date.UTC(2026, 10, 25, 12, 0, 0);
export const minute = 60_000;
export const hour = 60 * minute;
export const account = '123456789012';
const prefix = `arn:aws:devicefarm:us-west-2:${account}`;

export const projectArn = `${prefix}:project:p1`;
export const runArn = (run = 'r1'): string => `${prefix}:run:p1/${run}`;
export const jobArn = (job = '00000', run = 'r1'): string => `${prefix}:job:p1/${run}/${job}`;
export const sessionArn = (session = 's1'): string => `${prefix}:session:p1/${session}`;

export const project: Project = { arn: projectArn, name: 'mobile' };

/** Metered minutes, as the service counts them. */
export function metered(minutes: number) {
  return { total: minutes, metered: minutes, unmetered: 0 };
}

export function run(facts: Partial<Run> = {}): Run {
  return {
    arn: runArn(),
    name: 'nightly',
    status: 'RUNNING',
    created: now - 2 * hour,
    counters: {},
    billing: 'metered',
    platform: 'ANDROID',
    testType: 'APPIUM_NODE',
    ...facts,
  };
}

export function job(facts: Partial<Job> = {}): Job {
  return {
    arn: jobArn(),
    name: 'Google Pixel 8',
    status: 'RUNNING',
    created: now - 2 * hour,
    started: now - 75 * minute,
    counters: {},
    device: 'Google Pixel 8',
    platform: 'ANDROID',
    privateDevice: false,
    ...facts,
  };
}

export function session(facts: Partial<Session> = {}): Session {
  return {
    arn: sessionArn(),
    name: 'debugging',
    status: 'RUNNING',
    created: now - 2 * hour,
    started: now - 75 * minute,
    counters: {},
    device: 'Apple iPhone 15',
    platform: 'IOS',
    privateDevice: false,
    billing: 'metered',
    ...facts,
  };
}

/** A job in flight; its phase follows its status unless it is given. */
export function item(facts: Partial<WorkItem> = {}): WorkItem {
  const status = facts.status ?? 'RUNNING';
  return {
    arn: jobArn(),
    kind: 'job',
    name: 'Google Pixel 8',
    device: 'Google Pixel 8',
    project: { arn: projectArn, name: 'mobile' },
    run: { arn: runArn(), name: 'nightly', minutes: metered(75), devices: 1 },
    status,
    phase: phaseOf(status),
    created: now - 2 * hour,
    chargedAt: now - 2 * hour,
    ...(status === 'RUNNING' ? { runningSince: now - 75 * minute, runningSinceSource: 'reported' } : {}),
    billing: 'metered',
    minutes: status === 'RUNNING' ? metered(75) : NO_MINUTES,
    ...facts,
  };
}

export function charge(facts: Partial<Charge> = {}): Charge {
  return {
    arn: runArn(),
    kind: 'run',
    project: { arn: projectArn, name: 'mobile' },
    run: 'nightly',
    billing: 'metered',
    created: now - 2 * hour,
    minutes: metered(10),
    basis: 'final',
    ...facts,
  };
}

type RuleInput = PolicyInput['rules'][number];

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

export function limitRule(type: LimitRule['type'], maxMinutes: number): LimitRule {
  const rule = ruleOf({ id: 'limit', type, maxMinutes });
  if (rule.type === type && 'maxMinutes' in rule) return rule;
  throw new Error(`${type} is no limit`);
}

export function budgetRule(others: Partial<Extract<RuleInput, { type: 'budget' }>> = {}): BudgetRule {
  const rule = ruleOf({
    id: 'team-budget',
    type: 'budget',
    period: 'day',
    limit: { usd: 50 },
    thresholds: [{ percent: 100, action: 'stop-all' }],
    ...others,
  });
  if (rule.type !== 'budget') throw new Error(`${rule.type} is no budget`);
  return rule;
}

/** A budget of 100 minutes in the period of `now`. */
export function budgetState(facts: Omit<Partial<BudgetState>, 'amounts'> = {}): BudgetState {
  const rule = facts.rule ?? budgetRule();
  const { spent = 0, committed = spent, forecast } = facts;
  const figures = { spent, committed, ...(forecast === undefined ? {} : { forecast }) };
  return {
    rule,
    period: periodOf(rule.period, now, 'UTC'),
    unit: 'minutes',
    limit: 100,
    amounts: { usd: figures, meteredMinutes: figures, minutes: figures },
    ...figures,
    ...facts,
  };
}
