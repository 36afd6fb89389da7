import type { StoredAuditRecord } from '../audit-record.ts';
import type { Decision } from '../decision.ts';
import type { Steering } from '../steering/steering.ts';

/**
 * What keeps a stop from being asked for again, although it was decided once: a pause, or an exemption that was granted
 * since. A person's order has no rule, and waits for neither.
 */
export function retryHold(
  { pause }: Steering,
  decisions: readonly Decision[],
): (requested: Pick<StoredAuditRecord, 'subject' | 'rule'>) => string | undefined {
  const exempt = new Map(
    decisions.flatMap(({ item, exemption, reason }) =>
      exemption === undefined ? [] : [[item.arn, reason] as const],
    ),
  );
  return ({ subject, rule }) => (rule === undefined ? undefined : (pause?.sentence ?? exempt.get(subject)));
}
