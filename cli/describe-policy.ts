import type { Policy } from '../lambda/core/policy/schema.ts';
import { describeMatch } from './describe-match.ts';
import { describeRule } from './describe-rule.ts';
import { describeSafety } from './describe-safety.ts';
import { table } from './table.ts';

/** What a policy does, in sentences. `now` is epoch milliseconds: an exemption that has ended is told as one. */
export function describePolicy(policy: Policy, now: number, width: number): string {
  const { mode, timezone, pricePerMeteredMinute } = policy;
  const modeSentence =
    mode === 'observe'
      ? 'Mode observe: nothing is stopped by these rules; what they would stop is recorded.'
      : 'Mode enforce: what these rules are against is stopped.';
  return [
    `${modeSentence}\n`,
    `Budget periods begin at midnight in ${timezone}. A metered minute counts $${pricePerMeteredMinute}.\n`,
    section(
      'Rules',
      policy.rules.map((rule) => [rule.id, describeRule(rule, policy)]),
      width,
    ),
    section('Exemptions', exemptions(policy, now), width),
    section('Messages of AWS that stop work', triggers(policy), width),
    section('Safety', describeSafety(policy), width),
  ].join('');
}

function exemptions({ exemptions }: Policy, now: number): readonly (readonly string[])[] {
  return exemptions.map(({ id, match, until, owner, reason }) => [
    id,
    Date.parse(until) <= now
      ? `has ended at ${until} and protects nothing any more; remove it or move its end`
      : `protects ${describeMatch(match)} until ${until} (${owner}: ${reason})`,
  ]);
}

function triggers({ mode, manualStop: { budgets, alarms } }: Policy): readonly (readonly string[])[] {
  const verb = mode === 'observe' ? 'would stop' : 'stops';
  const what = (stop: 'queued' | 'all') => (stop === 'queued' ? 'queued work' : 'all work');
  return [
    ...budgets.map(({ name, stop }) => [`AWS budget "${name}"`, `${verb} ${what(stop)}`]),
    ...alarms.map(({ name, stop }) => [`CloudWatch alarm "${name}"`, `${verb} ${what(stop)}`]),
  ];
}

function section(title: string, entries: readonly (readonly string[])[], width: number): string {
  if (entries.length === 0) return '';
  return `\n${title}\n${table([{ head: 'NAME' }, { head: 'WHAT IT DOES' }], entries, width, 2)}`;
}
