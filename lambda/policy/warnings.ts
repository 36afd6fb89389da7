import type { Rule } from '../rules/rules.ts';
import { quote } from '../text.ts';
import { DAY, iso, MINUTE } from '../time.ts';
import { keyPath } from './faults.ts';
import type { Match } from './match.ts';
import type { Policy } from './schema.ts';
import { touchesHours } from './weekly-hours.ts';

/**
 * Minutes that Device Farm lets a job or session run, and work wait, at most
 * (https://docs.aws.amazon.com/devicefarm/latest/developerguide/limits.html). Private devices may have higher limits.
 */
const LONGEST_RUN = 150;
const LONGEST_QUEUE = 24 * 60;
/** What means something in regular expressions and in the globs of shells: `[ab]`, `.*`, `^a`, `a$`, `\d`, `(a|b)`, `{a,b}`. */
const OTHER_LANGUAGE = /\[[^\]]*\]|\.\*|^\^|\$$|\\|\([^)]*\|[^)]*\)|\{[^}]*,[^}]*\}/;
/** A key pattern that takes `pr` as the key of `pr-88`. */
const NUMBER_MAY_BE_THE_KEY = /^\{key\}[^{}]*\{number\}$/;

/** Says at which key something is wrong, and what. */
type Warn = (keys: readonly PropertyKey[], problem: string) => void;

/**
 * What is valid and cannot mean what it says, one sentence each: the key, the value and what to do.
 * @param now epoch milliseconds
 */
export function policyWarnings(policy: Policy, now: number): readonly string[] {
  const warnings: string[] = [];
  const under =
    (...above: readonly PropertyKey[]): Warn =>
    (keys, problem) =>
      warnings.push(`${keyPath([...above, ...keys])}: ${problem}`);
  policy.rules.forEach((rule, index) => {
    ofMatch(rule.match, under('rules', index, 'match'));
    ofRule(rule, policy, under('rules', index));
  });
  policy.exemptions.forEach((exemption, index) => {
    ofMatch(exemption.match, under('exemptions', index, 'match'));
    ofExemption(exemption, now, under('exemptions', index));
  });
  return warnings;
}

function ofRule(rule: Rule, policy: Policy, warn: Warn): void {
  if (rule.mode === 'enforce' && policy.mode === 'observe')
    warn(
      ['mode'],
      'enforce has no effect while the policy observes; set mode: enforce at the top, or remove this',
    );
  switch (rule.type) {
    case 'job-duration':
      ofLimit(['maxMinutes'], rule.maxMinutes, LONGEST_RUN, warn);
      break;
    case 'queue-age':
      ofLimit(['maxMinutes'], rule.maxMinutes, LONGEST_QUEUE, warn);
      break;
    case 'stalled':
      ofLimit(['maxMinutes'], rule.maxMinutes, LONGEST_RUN, warn);
      onlyForJobs(rule, warn);
      break;
    case 'elastic':
      ofLimit(['floorMinutes'], rule.floorMinutes, LONGEST_RUN, warn);
      onlyForJobs(rule, warn);
      break;
    case 'run-minutes':
      onlyForJobs(rule, warn);
      break;
    case 'superseded':
      onlyForJobs(rule, warn);
      ofKey(rule, warn);
      break;
    case 'window':
      if (isAlwaysOpen(rule.allow))
        warn(['allow'], 'this allows every hour of the week; leave some hours out');
      break;
    case 'budget':
      ofBudget(rule, policy, warn);
      break;
  }
}

function ofLimit(keys: readonly PropertyKey[], limit: number, longest: number, warn: Warn): void {
  if (limit <= longest) return;
  warn(
    keys,
    `${limit} is never reached: Device Farm ends such work after ${longest} minutes, unless your account has a higher limit; lower it`,
  );
}

function onlyForJobs({ match }: Rule, warn: Warn): void {
  if (match.work !== 'sessions') return;
  warn(
    ['match', 'work'],
    'this type of rule never applies to sessions, so it stops nothing; remove work: sessions',
  );
}

function ofKey({ key, match }: Extract<Rule, { type: 'superseded' }>, warn: Warn): void {
  if (key === undefined) return;
  if (Object.keys(match).length === 0)
    warn(
      ['key'],
      `${quote(key)} applies to every run of every project, so one pull request may stop another's run; add a match, or set AUTOSTOP_KEY on the runs and remove key`,
    );
  if (NUMBER_MAY_BE_THE_KEY.test(key))
    warn(
      ['key'],
      `${quote(key)} takes "pr" as the key of "pr-88", so one pull request may stop another's run; write what stands before the key, such as "pr-{key}-{number}", or set AUTOSTOP_KEY on the runs and remove key`,
    );
}

function ofBudget(
  { limit, match, thresholds }: Extract<Rule, { type: 'budget' }>,
  { pricePerMeteredMinute }: Policy,
  warn: Warn,
): void {
  if ('usd' in limit && pricePerMeteredMinute === 0)
    warn(
      ['limit', 'usd'],
      `${limit.usd} is never reached: pricePerMeteredMinute is 0; use meteredMinutes, or set the price`,
    );
  if (!('minutes' in limit) && match.billing === 'unmetered')
    warn(
      ['match', 'billing'],
      'unmetered work costs nothing and uses no metered minutes; use a limit in minutes',
    );
  const known: string[] = [];
  thresholds.forEach(({ percent, basis, action }, index) => {
    const same = known.indexOf(JSON.stringify([percent, basis, action]));
    if (same >= 0) warn(['thresholds', index], `this is the same as thresholds[${same}]; remove one`);
    known.push(JSON.stringify([percent, basis, action]));
  });
}

function ofExemption({ match, until }: Policy['exemptions'][number], now: number, warn: Warn): void {
  const end = Date.parse(until);
  if (end <= now) warn(['until'], `the exemption ended at ${iso(end)} and protects nothing; remove it`);
  else if (matchesEverything(match))
    warn(
      ['match'],
      `this matches everything, so no rule stops anything until ${iso(end)}; name projects or runs, or pause instead`,
    );
}

function ofMatch(match: Match, warn: Warn): void {
  for (const list of ['projects', 'runs'] as const)
    match[list]?.forEach((glob, index) => {
      if (OTHER_LANGUAGE.test(glob))
        warn(
          [list, index],
          `${quote(glob)} is a glob: only * and ? mean something, and every other character is itself; write one entry for each name`,
        );
    });
  if (match.work !== 'sessions') return;
  if (match.runs)
    warn(['runs'], 'a session belongs to no run, so nothing matches; remove runs, or work: sessions');
  if (match.testTypes)
    warn(
      ['testTypes'],
      'a session has no test type, so nothing matches; remove testTypes, or work: sessions',
    );
}

/** No key at all, or only a glob that every name matches. */
function matchesEverything({ projects, ...others }: Match): boolean {
  return Object.keys(others).length === 0 && (projects?.some((glob) => /^\*+$/.test(glob)) ?? true);
}

function isAlwaysOpen(allow: Extract<Rule, { type: 'window' }>['allow']): boolean {
  const minutes = Array.from({ length: (7 * DAY) / MINUTE }, (_, index) => index * MINUTE);
  return minutes.every((at) => touchesHours(allow, at, at));
}
