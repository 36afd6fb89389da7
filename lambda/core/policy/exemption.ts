import type { WorkItem } from '../work-item.ts';
import { mayMatchItem } from './match.ts';
import type { Exemption, Policy } from './schema.ts';

/**
 * The first exemption of the policy that protects the item at `now` (epoch milliseconds), until the millisecond before its end.
 * A fact that Device Farm did not tell counts for the exemption: unknown is not a reason to stop.
 */
export function exemptionFor(item: WorkItem, policy: Policy, now: number): Exemption | undefined {
  return policy.exemptions.find(({ match, until }) => now < Date.parse(until) && mayMatchItem(match, item));
}
