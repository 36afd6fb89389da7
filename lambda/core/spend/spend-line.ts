import type { Spent } from '../charge.ts';
import type { Policy } from '../policy/schema.ts';
import { type Amounts, amountsIn } from './amounts.ts';
import { type Period, type PeriodKind, periodOf } from './period.ts';

/** What the account, or one of its projects, stands at in one current period, whatever the budgets are about. */
export interface SpendLine {
  /** Absent for the account as a whole. */
  readonly project?: Spent['project'];
  readonly period: Period;
  readonly amounts: Amounts;
}

/**
 * The account and each project that used anything, in the current day and in each other kind of period that a budget has;
 * of a period the account first, then the projects with most committed money.
 * @param charges settled and unsettled, each run or session once, by itself or in one sum
 */
export function spendLines(policy: Policy, charges: readonly Spent[], now: number): readonly SpendLine[] {
  const price = policy.pricePerMeteredMinute;
  return currentPeriods(policy, now).flatMap((period) => {
    const own = charges.filter(({ created }) => created >= period.start && created < period.end);
    const projects = byProject(own).map(({ project, charged }) => ({
      project,
      period,
      amounts: amountsIn(period, charged, price, now),
    }));
    return [{ period, amounts: amountsIn(period, own, price, now) }, ...projects.sort(mostCommitted)];
  });
}

/** The earliest moment that a spend line looks at: epoch milliseconds. */
export function spendHorizon(policy: Policy, now: number): number {
  return Math.min(...currentPeriods(policy, now).map(({ start }) => start));
}

function currentPeriods({ rules, timezone }: Policy, now: number): readonly Period[] {
  const kinds = new Set<PeriodKind>([
    'day',
    ...rules.flatMap((rule) => ('period' in rule ? [rule.period] : [])),
  ]);
  return [...kinds].map((kind) => periodOf(kind, now, timezone));
}

function byProject(charges: readonly Spent[]) {
  const groups = new Map<string, Spent[]>();
  for (const charge of charges) {
    const group = groups.get(charge.project.arn) ?? [];
    group.push(charge);
    groups.set(charge.project.arn, group);
  }
  return [...groups.values()].map((charged) => ({ project: charged.reduce(newest).project, charged }));
}

/** A project that was renamed is called what its newest charge calls it. */
function newest(a: Spent, b: Spent): Spent {
  if (a.created !== b.created) return a.created > b.created ? a : b;
  return a.project.name >= b.project.name ? a : b;
}

function mostCommitted({ amounts: a }: SpendLine, { amounts: b }: SpendLine): number {
  return b.usd.committed - a.usd.committed || b.minutes.committed - a.minutes.committed;
}
