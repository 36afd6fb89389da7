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
 * The first exemption that protects some work at `now`. A fact that Device Farm does not report counts for the exemption: unknown
 * is not a reason to stop.
 */
export function exemptionFor(
  work: StopTarget,
  exemptions: readonly Exemption[],
  now: number,
): Exemption | undefined {
  return exemptions.find(
    ({ match, target, until }) =>
      now < until &&
      (match ? mayMatchItem(match, work) : target !== undefined && exemptibleBy(work.arn).includes(target)),
  );
}

/** The ARNs by which work can be exempt: its own, its run's and its project's. */
export function exemptibleBy(arn: string): readonly string[] {
  const parts = parseArn(arn);
  if (!parts) return [arn];
  return [arn, ...(parts.runArn === undefined ? [] : [parts.runArn]), parts.projectArn];
}
