import type { ProjectRef, Usage } from '../model.ts';
import { type Amounts, amountsIn, type UsagePolicy } from './budgets.ts';
import { type Period, type PeriodKind, periodOf } from './periods.ts';

/** What the account, or one of its projects, stands at in one current period, whatever the budgets are about. */
export interface SpendLine {
  /** Absent for the account as a whole. */
  readonly project?: ProjectRef;
  readonly period: Period;
  readonly amounts: Amounts;
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
  const kinds = new Set<PeriodKind>(['day', ...rules.flatMap(periodIn)]);
  return [...kinds].map((kind) => periodOf(kind, now, timezone));
}

function periodIn(rule: object): readonly PeriodKind[] {
  const kinds: readonly PeriodKind[] = ['day', 'week', 'month'];
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
