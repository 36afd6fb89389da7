import { parseArn } from '../arn.ts';
import type { StopTarget } from '../model.ts';
import { plain } from '../text.ts';
import { type Match, mayMatchItem } from './match.ts';

/** What protects some work for a time: an entry of the policy, a message, or a tag. Every exemption ends. */
export interface Exemption {
  /** Its id in the policy, `message:<id>`, or `tag`. */
  readonly id: string;
  /** Which work an entry of the policy is about. */
  readonly match?: Match;
  /** The ARN of a project, run or session that a message or a tag names. */
  readonly target?: string;
  /** Epoch milliseconds; from then on it protects nothing. */
  readonly until: number;
  /** What follows "kept by": its name, its end, who granted it. */
  readonly why: string;
}

/** An exemption as a policy writes it. */
export interface PolicyExemption {
  readonly id: string;
  readonly match: Match;
  readonly until: string;
  readonly owner: string;
  readonly reason: string;
}

export function policyExemptions(exemptions: readonly PolicyExemption[]): readonly Exemption[] {
  return exemptions.map(({ id, match, until, owner }) => ({
    id,
    match,
    until: Date.parse(until),
    why: `exemption ${id} until ${until} (${plain(owner)})`,
  }));
}

/**
 * Gives the function that finds the first exemption that protects some work at `now`. A fact that Device Farm does not report counts
 * for the exemption: unknown is not a reason to stop.
 */
export function exemptionsAt(
  exemptions: readonly Exemption[],
  now: number,
): (work: StopTarget) => Exemption | undefined {
  const valid = exemptions.filter(({ until }) => now < until);
  const byMatch = valid.flatMap(({ match }, place) =>
    match ? [{ place, matches: mayMatchItem(match) }] : [],
  );
  const byTarget = new Map<string, number>();
  valid.forEach(({ target }, place) => {
    if (target !== undefined && !byTarget.has(target)) byTarget.set(target, place);
  });
  return (work) => {
    const matching = byMatch.find(({ matches }) => matches(work))?.place;
    const named = byTarget.size === 0 ? [] : exemptibleBy(work.arn).map((arn) => byTarget.get(arn));
    return valid[Math.min(...[matching, ...named].map((place = Number.POSITIVE_INFINITY) => place))];
  };
}

/** The first exemption that protects some work at `now`. */
export function exemptionFor(
  work: StopTarget,
  exemptions: readonly Exemption[],
  now: number,
): Exemption | undefined {
  return exemptionsAt(exemptions, now)(work);
}

/** The ARNs by which work can be exempt: its own, its run's and its project's. */
export function exemptibleBy(arn: string): readonly string[] {
  const parts = parseArn(arn);
  if (!parts) return [arn];
  return [arn, ...(parts.runArn === undefined ? [] : [parts.runArn]), parts.projectArn];
}
