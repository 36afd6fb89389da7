import type { StoredAuditRecord } from '../../core/audit-record.ts';
import type { Decision } from '../../core/decision.ts';
import { retryHold, tagsOfRetry } from '../../core/safety/retry-hold.ts';
import type { ProtectedBy } from '../../core/steering/protection.ts';
import type { Steering } from '../../core/steering/steering.ts';
import type { TagReader } from './read-tags.ts';

/**
 * Why a stop is not asked for again just now; gives `undefined` when it is. Tags are read of what nothing else keeps: what no
 * rule stops any more has not had them read.
 */
export function whyNotAgain(
  tags: TagReader,
  decisions: readonly Decision[],
  { pause, exemptions }: Steering,
  by: Omit<ProtectedBy, 'protections'>,
): (requested: Pick<StoredAuditRecord, 'subject' | 'rule'>) => Promise<string | undefined> {
  const byArn = new Map(decisions.map((decision) => [decision.item.arn, decision]));
  return async (requested) => {
    const retry = { requested, decision: byArn.get(requested.subject) };
    const held = retryHold(retry, { ...by, pause, protections: exemptions });
    if (held !== undefined) return held;
    await tags.read(tagsOfRetry(retry));
    return retryHold(retry, { ...by, pause, protections: tags.protections });
  };
}
