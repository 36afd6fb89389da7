import { assertNever } from '../lambda/core/assert-never.ts';
import type { BudgetRule, Policy, Rule } from '../lambda/core/policy/schema.ts';
import { hoursText } from '../lambda/core/policy/weekly-hours.ts';
import { formatMinutes, formatUsd, MICRO_PER_USD } from '../lambda/core/spend/money.ts';
import { describeMatch } from './describe-match.ts';

/** Rules that are about no session. */
const OF_RUNS: ReadonlySet<Rule['type']> = new Set(['run-minutes', 'stalled', 'elastic', 'superseded']);

/** What a rule does under its policy, in sentences: the work it is about, its limit, and what happens above it. */
export function describeRule(rule: Rule, policy: Pick<Policy, 'mode' | 'timezone'>): string {
  const about = describeMatch(
    OF_RUNS.has(rule.type) ? { ...rule.match, work: rule.match.work ?? 'jobs' } : rule.match,
  );
  return `${sentences(rule, about, policy.timezone)}${modeNote(rule, policy)}`;
}

function sentences(rule: Rule, about: string, timezone: string): string {
  switch (rule.type) {
    case 'job-duration':
      return `stops ${about} RUNNING for more than ${formatMinutes(rule.maxMinutes)}`;
    case 'run-minutes':
      return `stops ${about} whose run used more than ${formatMinutes(rule.maxMinutes)} on all its devices together`;
    case 'queue-age':
      return `stops ${about} queued for more than ${formatMinutes(rule.maxMinutes)}`;
    case 'elastic':
      return `stops ${about} RUNNING for more than ${rule.percent} % of the median of the last ${rule.of} successful jobs of the same run name and device, and for at least ${formatMinutes(rule.floorMinutes)}; needs ${rule.minimumHistory} such jobs`;
    case 'stalled':
      return `stops ${about} RUNNING without moving a counter for more than ${formatMinutes(rule.maxMinutes)}, once they have moved one`;
    case 'superseded':
      return `stops ${about} of a run that a newer one with the same key has replaced; key ${rule.key}, created more than ${formatMinutes(rule.apartMinutes)} apart`;
    case 'window':
      return `stops ${about} outside ${hoursText(rule.allow)} (${rule.timezone ?? timezone})${rule.graceMinutes > 0 ? `, ${formatMinutes(rule.graceMinutes)} after they end` : ''}`;
    case 'budget':
      return `allows ${amount(rule)} a ${rule.period} for ${about}: ${rule.thresholds.map(threshold).join(', ')}${rule.ignoreExemptions ? '; stops exempt work too' : ''}`;
    default:
      return assertNever(rule);
  }
}

function amount({ limit }: BudgetRule): string {
  if ('usd' in limit) return formatUsd(limit.usd * MICRO_PER_USD);
  return 'meteredMinutes' in limit
    ? `${formatMinutes(limit.meteredMinutes)} metered`
    : formatMinutes(limit.minutes);
}

const ACTIONS: Readonly<Record<BudgetRule['thresholds'][number]['action'], string>> = {
  notify: 'tells',
  'stop-queued': 'stops what is queued',
  'stop-all': 'stops everything',
};

function threshold({ percent, basis, action }: BudgetRule['thresholds'][number]): string {
  if (basis === 'spent') return `above ${percent} % ${ACTIONS[action]}`;
  const what =
    action === 'notify' ? ACTIONS.notify : 'stops as much of what is queued, newest first, as it takes';
  return `above ${percent} % ${basis} ${what}`;
}

/** Only what differs from the policy's mode needs a word. */
function modeNote(rule: Rule, policy: Pick<Policy, 'mode'>): string {
  return policy.mode === 'enforce' && rule.mode === 'observe' ? ' (observes only)' : '';
}
