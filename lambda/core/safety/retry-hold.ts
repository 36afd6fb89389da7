import type { StoredAuditRecord } from '../audit-record.ts';
import type { Decision } from '../decision.ts';
import { type ProtectedBy, protectionOf, taggable, taggableByArn } from '../steering/protection.ts';
import type { Pause } from '../steering/steering.ts';

type Requested = Pick<StoredAuditRecord, 'subject' | 'rule'>;

/** What a stop that is to be asked for again depends on: the decision on its work, if the sweep has seen that. */
export interface Retry {
  readonly requested: Requested;
  readonly decision: Decision | undefined;
}

/**
 * What keeps a stop from being asked for again, although it was decided once: a pause, or an exemption that was granted
 * since, also when no rule is over any more. A person's order has no rule, and waits for neither. What a rule stops anew is
 * not exempt from it, and what is stopping already cannot be kept.
 */
export function retryHold(
  { requested: { subject, rule }, decision }: Retry,
  { pause, ...by }: ProtectedBy & { readonly pause?: Pause },
): string | undefined {
  if (rule === undefined) return undefined;
  if (pause) return pause.sentence;
  if (decision?.exemption !== undefined) return decision.reason;
  if (isBeyondExemption(decision)) return undefined;
  const protection = decision
    ? protectionOf(decision.item, by)
    : by.protections?.find(({ target }) => taggableByArn(subject).includes(target));
  return protection && `kept by ${protection.sentence}`;
}

/** The runs and projects whose tags could still keep the work. */
export function tagsOfRetry({ requested: { subject, rule }, decision }: Retry): readonly string[] {
  if (rule === undefined || isBeyondExemption(decision)) return [];
  return decision ? taggable(decision.item) : taggableByArn(subject);
}

function isBeyondExemption(decision: Decision | undefined): boolean {
  return decision?.action === 'stop' || decision?.item.phase === 'stopping';
}
