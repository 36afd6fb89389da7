import type { z } from 'zod';
import { budget } from './budget.ts';
import { elastic } from './elastic.ts';
import { jobDuration } from './job-duration.ts';
import { queueAge } from './queue-age.ts';
import type { RuleType } from './rule.ts';
import { runMinutes } from './run-minutes.ts';
import { stalled } from './stalled.ts';
import { superseded } from './superseded.ts';
import { window } from './window.ts';

/** Every kind of rule, in the order of the documentation. */
export const RULES = [
  jobDuration,
  runMinutes,
  queueAge,
  window,
  superseded,
  stalled,
  elastic,
  budget,
] as const;

/** An entry of the policy's `rules`, with every default filled in. */
export type Rule = z.output<ReturnType<(typeof RULES)[number]['schema']>>;
/** The same as a person may write it. */
export type RuleInput = z.input<ReturnType<(typeof RULES)[number]['schema']>>;

/** What a rule of any kind is to those that do not know its kind. */
export type AnyRuleType = RuleType<Rule>;

/** The kind of a rule. */
export function typeOf(type: string, types: readonly AnyRuleType[] = ANY): AnyRuleType {
  const found = types.find((one) => one.type === type);
  if (!found) throw new RangeError(`"${type}" is no rule type; add it to RULES`);
  return found;
}

/** Whether the circuit breaker looks at what is over this rule. */
export function isWatchedByBreaker({ type }: Pick<Rule, 'type'>): boolean {
  return typeOf(type).isWatchedByBreaker;
}

/** Each kind judges only entries of its own type: `typeOf` finds it by that type. */
const ANY = RULES as unknown as readonly AnyRuleType[];
