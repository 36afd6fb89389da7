import pMap from 'p-map';
import type { Hold } from '../../core/safety/hold.ts';
import type { Cause } from '../../core/stops/cause.ts';
import { stopHeldRecord, subjectOf } from '../../core/stops/stop-record.ts';
import type { AuditTrail } from '../../ports.ts';
import type { Problems } from '../problems.ts';

/** Records what is held back, once per item, cause and kind; gives those that were recorded for the first time. */
export async function recordHolds(
  audit: Pick<AuditTrail, 'add'>,
  holds: readonly Hold[],
  cause: Pick<Cause, 'actor' | 'mode' | 'policyVersion' | 'sweepId'>,
  pricePerMeteredMinute: number,
  problems: Problems,
): Promise<readonly Hold[]> {
  const written = await pMap(
    holds,
    ({ item, rule, reason, kind, why }) =>
      problems.during(
        `${item.arn}: that its stop is held back could not be recorded`,
        audit.add(
          stopHeldRecord(subjectOf(item, pricePerMeteredMinute), { ...cause, rule, reason }, kind, why),
        ),
        'failed',
      ),
    { concurrency: 8 },
  );
  return holds.filter((_, index) => written[index] === 'written');
}
