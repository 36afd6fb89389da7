import type { DeviceMinutes, Mode, Usage } from '../model.ts';
import {
  formatMinutesApart,
  formatUsdApart,
  MICRO_PER_USD,
  moneyFor,
  NO_MINUTES,
  withoutDrift,
} from '../money.ts';
import { type Match, matchesUsage } from '../policy/match.ts';
import { assertNever } from '../text.ts';
import { type Period, periodOf } from './periods.ts';

/** A percentage of the limit, and what happens above it. */
export interface Threshold {
  readonly percent: number;
  /** Which of the three figures is meant. */
  readonly basis: 'spent' | 'worst-case' | 'forecast';
  readonly action: 'notify' | 'stop-queued' | 'stop-all';
}

/** A budget rule of the policy. */
export interface BudgetLimit {
  readonly id: string;
  readonly type: 'budget';
  readonly mode?: Mode;
  readonly match: Match;
  readonly period: Period['kind'];
  readonly limit:
    | { readonly usd: number }
    | { readonly meteredMinutes: number }
    | { readonly minutes: number };
  readonly ignoreExemptions: boolean;
  readonly thresholds: readonly Threshold[];
}

/** What of a policy the figures depend on. */
export interface UsagePolicy {
  /** IANA zone in which periods begin. */
  readonly timezone: string;
  /** US dollars. */
  readonly pricePerMeteredMinute: number;
  readonly rules: readonly { readonly type: string }[];
}

/** The three figures of one period in one unit: micro-dollars for `usd`, device minutes otherwise. */
export interface Figures {
  /** Final minutes and the estimate of work in flight. */
  readonly spent: number;
  /** `spent`, and what work in flight can still use before its timeout. */
  readonly worstCase: number;
  /** `spent` carried to the end of the period; absent while too little of it has passed. */
  readonly forecast?: number;
}

/** One budget in one period. BudgetState['amounts'] are micro-dollars for `usd`, device minutes otherwise. */
export interface BudgetState extends Figures {
  readonly rule: BudgetLimit;
  readonly period: Period;
  readonly unit: 'usd' | 'meteredMinutes' | 'minutes';
  readonly limit: number;
  /** The figures in every unit, that of the limit included. */
  readonly amounts: Readonly<Record<BudgetState['unit'], Figures>>;
}

/** Share of a period that must have passed before a rate can be read from it. */
export const FORECAST_FROM = 0.1;

/**
 * The state of each budget in the current period, and in each earlier one that still has work in flight.
 * @param usages settled and in flight, each run or session once
 */
export function budgetStates(
  policy: UsagePolicy,
  usages: readonly Usage[],
  now: number,
): readonly BudgetState[] {
  return budgetsOf(policy).flatMap((rule) => {
    const own = usages.filter(matchesUsage(rule.match));
    return periodsInView(rule, own, policy.timezone, now).map((period) => {
      const { unit, limit } = limitOf(rule);
      const amounts = amountsIn(period, own, policy.pricePerMeteredMinute, now);
      return { rule, period, unit, limit, ...amounts[unit], amounts };
    });
  });
}

/** The start of the oldest period that a budget looks at, or `undefined` when the policy has no budget. */
export function budgetHorizon(
  policy: UsagePolicy,
  unsettled: readonly Usage[],
  now: number,
): number | undefined {
  const starts = budgetsOf(policy)
    .flatMap((rule) => periodsInView(rule, unsettled, policy.timezone, now))
    .map(({ start }) => start);
  return starts.length === 0 ? undefined : Math.min(...starts);
}

/** The figure that a threshold is about. */
export function figureOf(figures: Figures, basis: Threshold['basis']): number | undefined {
  return basis === 'worst-case' ? figures.worstCase : figures[basis];
}

/** What `usages` come to in `period`; those of other periods are left out. `price` is US dollars a metered minute. */
function amountsIn(
  period: Period,
  usages: readonly Usage[],
  price: number,
  now: number,
): BudgetState['amounts'] {
  const own = usages.filter(({ created }) => created >= period.start && created < period.end);
  const figures = (unit: BudgetState['unit']): Figures => {
    // Each amount is rounded before it is added, so the order does not matter.
    const sum = (minutesOf: (usage: Usage) => DeviceMinutes) =>
      own.reduce(
        (total, usage) => withoutDrift(total + withoutDrift(amountOf(minutesOf(usage), unit, price))),
        0,
      );
    const spent = sum(({ minutes }) => minutes);
    const worstCase = withoutDrift(spent + sum(({ remaining = NO_MINUTES }) => remaining));
    const forecast = forecastOf(spent, period, now);
    return { spent, worstCase, ...(forecast === undefined ? {} : { forecast }) };
  };
  return {
    usd: figures('usd'),
    meteredMinutes: figures('meteredMinutes'),
    minutes: figures('minutes'),
  };
}

/** Device minutes in a unit: micro-dollars for `usd`. */
export function amountOf(minutes: DeviceMinutes, unit: BudgetState['unit'], price: number): number {
  switch (unit) {
    case 'usd':
      return moneyFor(minutes.metered, price);
    case 'meteredMinutes':
      return minutes.metered;
    case 'minutes':
      return minutes.total;
    default:
      return assertNever(unit);
  }
}

/**
 * What a period will have used at its end if it goes on as it began: the amount so far, divided by the share of the period
 * that has passed. There is none before a tenth of the period has passed, because one early run would decide it, and none
 * for a period that is over.
 */
export function forecastOf(spent: number, { start, end }: Period, now: number): number | undefined {
  const share = (now - start) / (end - start);
  return share >= FORECAST_FROM && share < 1 ? withoutDrift(spent / share) : undefined;
}

/** Two amounts in words, `$12.34` or `300 min`: with more digits where rounding would hide that they differ. */
export function formatAmountsApart(
  unit: BudgetState['unit'],
  a: number,
  b: number,
): readonly [string, string] {
  return unit === 'usd' ? formatUsdApart(a, b) : formatMinutesApart(a, b);
}

function budgetsOf({ rules }: UsagePolicy): readonly BudgetLimit[] {
  return rules.filter(isBudget);
}

/** The policy was checked when it was loaded: a rule of this type has all keys of a budget. */
function isBudget(rule: { readonly type: string }): rule is BudgetLimit {
  return rule.type === 'budget';
}

function periodsInView(
  rule: BudgetLimit,
  usages: readonly Usage[],
  timezone: string,
  now: number,
): readonly Period[] {
  const current = periodOf(rule.period, now, timezone);
  const byStart = new Map([[current.start, current]]);
  for (const { basis, created } of usages) {
    if (basis !== 'inFlight' || created >= current.start) continue;
    const period = periodOf(rule.period, created, timezone);
    byStart.set(period.start, period);
  }
  return [...byStart.values()].sort((a, b) => a.start - b.start);
}

function limitOf({ limit }: BudgetLimit): { readonly unit: BudgetState['unit']; readonly limit: number } {
  if ('usd' in limit) return { unit: 'usd', limit: Math.max(1, Math.round(limit.usd * MICRO_PER_USD)) };
  if ('meteredMinutes' in limit) return { unit: 'meteredMinutes', limit: limit.meteredMinutes };
  return { unit: 'minutes', limit: limit.minutes };
}

/** What the account, or one of its projects, stands at in one current period, whatever the budgets are about. */
export interface SpendLine {
  /** Absent for the account as a whole. */
  readonly project?: Usage['project'];
  readonly period: Period;
  readonly amounts: BudgetState['amounts'];
}

/**
 * The account and each project that used anything, in the current day and in each other kind of period that a budget has.
 * Within a period the account comes first, then the projects with the highest worst case.
 * @param usages settled and in flight, each run or session once
 */
export function spendLines(policy: UsagePolicy, usages: readonly Usage[], now: number): readonly SpendLine[] {
  const price = policy.pricePerMeteredMinute;
  return currentPeriods(policy, now).flatMap((period) => {
    const own = usages.filter(({ created }) => created >= period.start && created < period.end);
    const projects = byProject(own).map(({ project, used }) => ({
      project,
      period,
      amounts: amountsIn(period, used, price, now),
    }));
    return [{ period, amounts: amountsIn(period, own, price, now) }, ...projects.sort(highestFirst)];
  });
}

/** The earliest moment that a spend line looks at. */
export function spendHorizon(policy: UsagePolicy, now: number): number {
  return Math.min(...currentPeriods(policy, now).map(({ start }) => start));
}

function currentPeriods({ rules, timezone }: UsagePolicy, now: number): readonly Period[] {
  const kinds = new Set<Period['kind']>(['day', ...rules.flatMap(periodIn)]);
  return [...kinds].map((kind) => periodOf(kind, now, timezone));
}

function periodIn(rule: object): readonly Period['kind'][] {
  const kinds: readonly Period['kind'][] = ['week', 'month'];
  return kinds.filter((kind) => 'period' in rule && rule.period === kind);
}

function byProject(usages: readonly Usage[]) {
  const groups = new Map<string, Usage[]>();
  for (const usage of usages) {
    const group = groups.get(usage.project.arn) ?? [];
    group.push(usage);
    groups.set(usage.project.arn, group);
  }
  return [...groups.values()].map((used) => ({ project: used.reduce(newest).project, used }));
}

/** A project that was renamed has the name of its newest usage. */
function newest(a: Usage, b: Usage): Usage {
  if (a.created !== b.created) return a.created > b.created ? a : b;
  return a.project.name >= b.project.name ? a : b;
}

function highestFirst({ amounts: a }: SpendLine, { amounts: b }: SpendLine): number {
  return b.usd.worstCase - a.usd.worstCase || b.minutes.worstCase - a.minutes.worstCase;
}
