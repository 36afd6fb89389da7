import type { Charge, Spent } from '../charge.ts';
import { addMinutes, type DeviceMinutes } from '../minutes.ts';
import { matchesGlob } from '../policy/glob.ts';
import type { Policy } from '../policy/schema.ts';
import { withoutDrift } from '../without-drift.ts';
import { moneyFor } from './money.ts';
import { type Period, periodOf } from './period.ts';

/** Charges that a policy cannot tell apart, as one: created with the last of them, named as one of them. */
export type Sum = Spent & { readonly microUsd: number };

/** Changes when a kept sum would mean something else. */
const SHAPE = 2;

/**
 * Adds up settled charges that no budget of the policy and no line of a project can tell apart: same project, kind, billing,
 * platform, test type and basis, created on the same day of the policy's time zone (periods are whole days of it), with
 * names that the same globs of the budgets match. Every figure made of the sums is the one made of the charges.
 */
export function sumAlike(charges: readonly Charge[], policy: Policy): readonly Sum[] {
  const keyOf = keysFor(policy);
  const sums = new Map<string, Sum>();
  for (const charge of charges) {
    const key = keyOf(charge);
    const before = sums.get(key);
    const microUsd = moneyFor(charge.minutes.metered, policy.pricePerMeteredMinute);
    sums.set(
      key,
      before
        ? {
            ...before,
            created: Math.max(before.created, charge.created),
            minutes: addMinutes(before.minutes, rounded(charge.minutes)),
            microUsd: before.microUsd + microUsd,
          }
        : { ...factsOf(charge), minutes: rounded(charge.minutes), microUsd },
    );
  }
  return [...sums.values()];
}

/** All that sums depend on besides the charges: sums of another view say nothing about this policy. */
export function viewOf(policy: Policy): string {
  return JSON.stringify([SHAPE, policy.timezone, policy.pricePerMeteredMinute, runGlobs(policy)]);
}

function keysFor(policy: Policy): (charge: Charge) => string {
  const globs = runGlobs(policy);
  const dayOf = localDays(policy.timezone);
  return ({ kind, project, run, platform, testType, billing, basis, created }) => {
    const matched = run === undefined ? undefined : globs.map((glob) => matchesGlob(glob, run));
    const day = dayOf(created);
    return JSON.stringify([
      [kind, project.arn, project.name, billing, basis, day],
      [platform ?? null, testType ?? null, matched ?? null],
    ]);
  };
}

/** Each glob that a budget asks of run names, once. */
function runGlobs({ rules }: Policy): readonly string[] {
  const globs = rules.flatMap((rule) => (rule.type === 'budget' ? (rule.match.runs ?? []) : []));
  return [...new Set(globs)].toSorted();
}

/** The first moment of the day; days that were met are remembered, as finding one is slow. */
function localDays(timezone: string): (at: number) => number {
  const met: Period[] = [];
  return (at) => {
    const known = met.find(({ start, end }) => at >= start && at < end);
    if (known) return known.start;
    const day = periodOf('day', at, timezone);
    met.push(day);
    return day.start;
  };
}

function factsOf({ arn: _, estimateError: __, ...facts }: Charge): Spent {
  return facts;
}

/** As figures are rounded charge by charge: then it does not matter in which order they are added. */
function rounded({ total, metered, unmetered }: DeviceMinutes): DeviceMinutes {
  return {
    total: withoutDrift(total),
    metered: withoutDrift(metered),
    unmetered: withoutDrift(unmetered),
  };
}
