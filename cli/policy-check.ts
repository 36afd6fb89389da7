import { policyVersion } from '../lambda/policy/deployed.ts';
import type { Match } from '../lambda/policy/match.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import { policyWarnings } from '../lambda/policy/warnings.ts';
import { typeOf } from '../lambda/rules/rules.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';
import type { CommandSpec, RunCommand } from './command.ts';
import { inOneLine, wrapText } from './table.ts';

export const policyCheckSpec: CommandSpec = {
  name: 'policy check',
  summary: 'check a policy file and say what it does',
  usage: '<file>',
  about: [
    'Checks a policy file as synth does, and says what it does. It reads nothing but the file.',
    'A fault is one line on standard error: file, line and column, key, what was found and what is allowed. A warning names what is valid and cannot mean what it says.',
    'Exit codes: 0 the policy is valid, also with warnings; 1 it is not or cannot be read.',
  ],
  operands: ['file'],
  options: {},
};

/** Faults are thrown as a PolicyError, whose message has one line for each. */
export const policyCheck: RunCommand = async ({ operands: [file = ''] }, terminal) => {
  const policy = policyFromFile(file);
  terminal.out(`${file} is valid; its version is ${policyVersion(policy)}.\n`);
  for (const [title, lines] of describePolicy(policy)) {
    if (lines.length > 0) terminal.out(`\n${title}\n`);
    for (const line of lines.flatMap((text) => wrapText(inOneLine(text), terminal.width - 2)))
      terminal.out(`  ${line}\n`);
  }
  for (const warning of policyWarnings(policy, terminal.now()))
    terminal.err(`warning: ${inOneLine(warning)}\n`);
  return 0;
};

/** What a policy does, by section. */
function describePolicy(policy: Policy): readonly (readonly [title: string, lines: readonly string[]])[] {
  const { mode, rules, exemptions, manualStop, safety, tagExemption } = policy;
  const observes = mode === 'observe';
  const messages = [
    ...manualStop.budgets.map(({ name, stop }) => `AWS budget "${name}": ${stop} work`),
    ...manualStop.alarms.map(({ name, stop }) => `CloudWatch alarm "${name}": ${stop} work`),
  ];
  return [
    [
      observes
        ? 'Mode observe: what is over is recorded, and nothing is stopped'
        : 'Mode enforce: what is over is stopped',
      rules.map((rule) => {
        const apart = rule.mode === 'observe' && !observes ? ' (only observed)' : '';
        return `${rule.id}: ${typeOf(rule.type).describe(rule)}${only(rule.match)}${apart}`;
      }),
    ],
    [
      'Exempt',
      [
        ...exemptions.map(
          ({ id, match, until, owner, reason }) =>
            `${id}: ${workOf(match) || 'everything'}, until ${until} (${owner}: ${reason})`,
        ),
        tagExemption.maxDays === 0
          ? 'tags protect nothing'
          : `the tag autostop:exempt-until protects a run or project for at most ${tagExemption.maxDays} days`,
      ],
    ],
    [observes ? 'Messages of AWS that would stop' : 'Messages of AWS that stop', messages],
    [
      'Safety',
      [
        `at most ${safety.maxStopsPerHour} stops in a rolling hour`,
        `stops are held for ${safety.breaker.holdMinutes} min when more than ${safety.breaker.percentOfActive} % of at least ${safety.breaker.minimumActive} in flight are newly over`,
        `a stop without effect is tried again after ${safety.confirmWithinMinutes} min, at most ${safety.maxAttempts} times in all`,
      ],
    ],
  ];
}

function only(match: Match): string {
  const work = workOf(match);
  return work === '' ? '' : `; only ${work}`;
}

/** Such as `projects mobile-* or web, work jobs`; nothing when everything matches. */
function workOf(match: Match): string {
  return Object.entries(match)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(' or ') : value}`)
    .join(', ');
}
