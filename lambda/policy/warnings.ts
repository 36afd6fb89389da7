import { iso } from '../time.ts';
import { keyPath } from './faults.ts';
import type { Match } from './match.ts';
import type { Policy } from './schema.ts';

/** Minutes that Device Farm lets a job or session run at most. */
const LONGEST_RUN = 150;
/** Minutes that Device Farm lets work wait at most. */
const LONGEST_QUEUE = 24 * 60;
/** Characters that mean something in other pattern languages. */
const FOREIGN = /[[\]{}()|^$\\]|\.\*/;

/**
 * What is valid and cannot mean what it says, one sentence each: the key, the value and what to do.
 * @param now epoch milliseconds
 */
export function policyWarnings(policy: Policy, now: number): readonly string[] {
  return [
    ...policy.rules.flatMap((rule, index) => ofRule(rule, ['rules', index], policy)),
    ...policy.exemptions.flatMap((exemption, index) => ofExemption(exemption, ['exemptions', index], now)),
  ];
}

type Path = readonly PropertyKey[];

function ofRule(rule: Policy['rules'][number], path: Path, policy: Policy): readonly string[] {
  const at = (...keys: Path) => keyPath([...path, ...keys]);
  const warnings = [...ofMatch(rule.match, [...path, 'match'])];
  const onlySessions = rule.match.work === 'sessions';
  switch (rule.type) {
    case 'job-duration':
      if (rule.maxMinutes >= LONGEST_RUN)
        warnings.push(
          `${at('maxMinutes')}: ${rule.maxMinutes} is never reached: Device Farm ends work after ${LONGEST_RUN} minutes; lower it`,
        );
      break;
    case 'queue-age':
      if (rule.maxMinutes >= LONGEST_QUEUE)
        warnings.push(
          `${at('maxMinutes')}: ${rule.maxMinutes} is never reached: Device Farm drops queued work after ${LONGEST_QUEUE} minutes; lower it`,
        );
      break;
    case 'superseded':
      if (rule.key !== undefined && Object.keys(rule.match).length === 0)
        warnings.push(
          `${at('key')}: "${rule.key}" applies to every run of every project, so that one pull request may stop another's run; add a match, or set AUTOSTOP_KEY on the runs`,
        );
      if (onlySessions) warnings.push(neverApplies(at('match', 'work')));
      break;
    case 'run-minutes':
    case 'stalled':
    case 'elastic':
      if (onlySessions) warnings.push(neverApplies(at('match', 'work')));
      break;
    case 'budget':
      if ('usd' in rule.limit && policy.pricePerMeteredMinute === 0)
        warnings.push(
          `${at('limit', 'usd')}: ${rule.limit.usd} is never reached: pricePerMeteredMinute is 0; use meteredMinutes, or set the price`,
        );
      if (!('minutes' in rule.limit) && rule.match.billing === 'unmetered')
        warnings.push(
          `${at('match', 'billing')}: unmetered work costs nothing and uses no metered minutes; use a limit in minutes`,
        );
      rule.thresholds.forEach((threshold, index) => {
        const same = rule.thresholds.findIndex(
          ({ percent, basis, action }) =>
            percent === threshold.percent && basis === threshold.basis && action === threshold.action,
        );
        if (same < index)
          warnings.push(
            `${at('thresholds', index)}: it is the same as ${at('thresholds', same)}; remove one`,
          );
      });
      break;
    case 'window':
      break;
  }
  return warnings;
}

function ofExemption(
  { match, until }: Policy['exemptions'][number],
  path: Path,
  now: number,
): readonly string[] {
  const warnings = [...ofMatch(match, [...path, 'match'])];
  if (Date.parse(until) <= now)
    warnings.push(
      `${keyPath([...path, 'until'])}: the exemption ended at ${iso(Date.parse(until))} and protects nothing; remove it`,
    );
  if (matchesEverything(match))
    warnings.push(
      `${keyPath([...path, 'match'])}: it matches everything, so that no rule stops anything until ${until}; name projects or runs, or pause instead`,
    );
  return warnings;
}

function ofMatch(match: Match, path: Path): readonly string[] {
  const warnings: string[] = [];
  for (const list of ['projects', 'runs'] as const) {
    match[list]?.forEach((glob, index) => {
      if (FOREIGN.test(glob))
        warnings.push(
          `${keyPath([...path, list, index])}: "${glob}" is a glob, in which only * and ? mean something; every other character is itself`,
        );
    });
  }
  if (match.work === 'sessions' && match.runs)
    warnings.push(
      `${keyPath([...path, 'runs'])}: a session belongs to no run, so that nothing matches; remove runs, or work: sessions`,
    );
  if (match.work === 'sessions' && match.testTypes)
    warnings.push(
      `${keyPath([...path, 'testTypes'])}: a session has no test type, so that nothing matches; remove testTypes, or work: sessions`,
    );
  return warnings;
}

/** No key at all, or only globs that every name matches. */
function matchesEverything(match: Match): boolean {
  return Object.entries(match).every(
    ([key, value]) =>
      key === 'projects' && Array.isArray(value) && value.some((glob) => /^\*+$/.test(String(glob))),
  );
}

function neverApplies(path: string): string {
  return `${path}: this rule never applies to sessions, so that it stops nothing; remove work: sessions`;
}
