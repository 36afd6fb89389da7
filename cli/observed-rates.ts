import type { StoredAuditRecord } from '../lambda/model.ts';
import { formatMinutes, formatUsd, MICRO_PER_USD } from '../lambda/money.ts';
import { ruleVersion } from '../lambda/policy/deployed.ts';
import { isRecord } from '../lambda/text.ts';
import { type Output, z } from './output.ts';

/** Would-be stops that must have ended as false or right before there is a rate. */
const ENOUGH = 5;

export const observedRate = z
  .object({
    rule: z.string().describe('Id of the rule, "budget:<name>" or "alarm:<name>".'),
    ended: z.int(),
    falseStops: z.int().describe('False positives: the work passed, so the stop would have killed it.'),
    rightStops: z
      .int()
      .describe('The work failed or ran into its timeout: the stop would have saved the rest.'),
    others: z.int().describe('Work that people stopped, and sessions that were closed.'),
    falseStopRate: z
      .number()
      .nullable()
      .describe('falseStops of falseStops and rightStops, from 0 to 1; null: too few to tell.'),
    endedWithin: z
      .object({ p50: z.number(), p90: z.number(), max: z.number() })
      .nullable()
      .describe('Minutes after the would-be stop within which false stops ended, to a tenth; null: none.'),
    savedMinutes: z.number().describe('Metered minutes that the right stops used after it.'),
    savedUsd: z.number(),
    falseMinutes: z.number().describe('Metered minutes that the false stops used after it.'),
    falseUsd: z.number(),
  })
  .describe('What the would-be stops of one rule show whose work has ended: the results of its dry run.');
/** What the would-be stops of one rule show whose work has ended: the results of its dry run. */
export type ObservedRate = Output<typeof observedRate>;

interface Ended {
  readonly rule: string;
  readonly verdict: unknown;
  readonly minutes: number;
  readonly metered: number;
  readonly money: number;
}

/**
 * The results of observing, by rule, from the audit trail. What a rule of the same id showed with another limit or match says
 * nothing of the rule as it stands, so it is left out.
 */
export function observedRates(
  records: readonly StoredAuditRecord[],
  rules: readonly { readonly id: string; readonly mode?: string }[],
): readonly ObservedRate[] {
  const versions = new Map(rules.map((rule) => [rule.id, ruleVersion(rule)]));
  const byRule = new Map<string, Ended[]>();
  const once = new Set<string>();
  for (const record of records) {
    const ended = endedIn(record, versions);
    const key = `${record.subject} ${record.id}`;
    if (!ended || once.has(key)) continue;
    once.add(key);
    byRule.set(ended.rule, [...(byRule.get(ended.rule) ?? []), ended]);
  }
  const order = [...versions.keys()];
  const place = (rule: string) => (order.includes(rule) ? order.indexOf(rule) : order.length);
  return [...byRule]
    .sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
    .map(([rule, own]) => rateOf(rule, own));
}

function endedIn(
  { event, rule, details }: StoredAuditRecord,
  versions: ReadonlyMap<string, string>,
): Ended | undefined {
  if (event !== 'WouldStopEnded' || rule === undefined || !isRecord(details)) return undefined;
  const version = versions.get(rule);
  // No id of a rule has a colon: a message of AWS has no version.
  if (!rule.includes(':') && details.ruleVersion !== version) return undefined;
  return {
    rule,
    verdict: details.verdict,
    minutes: numberOf(details.minutesToEnd),
    metered: numberOf(details.meteredMinutesAfter),
    money: numberOf(details.moneyAfter),
  };
}

function rateOf(rule: string, ended: readonly Ended[]): ObservedRate {
  const [wrong, right] = ['falseStop', 'rightStop'].map((verdict) =>
    ended.filter((one) => one.verdict === verdict),
  );
  const [falseStops, rightStops] = [wrong?.length ?? 0, right?.length ?? 0];
  const judged = falseStops + rightStops;
  return {
    rule,
    ended: ended.length,
    falseStops,
    rightStops,
    others: ended.length - judged,
    falseStopRate: judged < ENOUGH ? null : Math.round((falseStops / judged) * 1000) / 1000,
    endedWithin: percentilesOf((wrong ?? []).map(({ minutes }) => minutes)),
    savedMinutes: minutesOf(right),
    savedUsd: usdOf(right),
    falseMinutes: minutesOf(wrong),
    falseUsd: usdOf(wrong),
  };
}

/** By nearest rank: so many really had ended within that time. */
function percentilesOf(minutes: readonly number[]): ObservedRate['endedWithin'] {
  const sorted = minutes.toSorted((a, b) => a - b);
  const within = (percent: number): number =>
    Math.ceil((sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0) * 10) / 10;
  return sorted.length === 0 ? null : { p50: within(50), p90: within(90), max: within(100) };
}

/** In hundredths, which add up exactly whatever their order. */
function minutesOf(ended: readonly Ended[] = []): number {
  return ended.reduce((sum, { metered }) => sum + Math.round(metered * 100), 0) / 100;
}

function usdOf(ended: readonly Ended[] = []): number {
  return ended.reduce((sum, { money }) => sum + money, 0) / MICRO_PER_USD;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** The results of one rule in a sentence for the person who decides whether to enforce it. */
export function rateSentence(rate: ObservedRate): string {
  const { rule, ended, falseStops, rightStops, falseStopRate, endedWithin, others } = rate;
  const judged = falseStops + rightStops;
  const start = `${rule}: ${ended} would-be ${ended === 1 ? 'stop' : 'stops'} ended`;
  if (judged === 0) return `${start}; none of them shows whether the stop would have been right`;
  const share =
    falseStopRate === null
      ? `too few for a rate, ${ENOUGH} are needed`
      : `${Math.round(falseStopRate * 1000) / 10} %`;
  const parts = [`${falseStops} of ${judged} false positives (${share})`];
  if (endedWithin)
    parts.push(
      `these ended within ${endedWithin.p50} min (p50), ${endedWithin.p90} min (p90), ${endedWithin.max} min (max) of the would-be stop and used ${formatMinutes(rate.falseMinutes)} and ${formatUsd(rate.falseUsd * MICRO_PER_USD)} after it`,
    );
  if (rightStops > 0)
    parts.push(
      `of the others enforcing would have saved ${formatMinutes(rate.savedMinutes)} and ${formatUsd(rate.savedUsd * MICRO_PER_USD)}`,
    );
  if (others > 0) parts.push(`${others} say nothing: stopped by somebody, or closed sessions`);
  return [start, ...parts].join('; ');
}
