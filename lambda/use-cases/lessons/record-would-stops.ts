import pMap from 'p-map';
import type { AuditRecord } from '../../core/audit-record.ts';
import type { Decision } from '../../core/decision.ts';
import {
  isOutlived,
  type Watched,
  type WatchedStop,
  watchedStop,
  watchKey,
} from '../../core/lessons/watched-stop.ts';
import { ruleVersion } from '../../core/policy/policy-version.ts';
import type { Policy } from '../../core/policy/schema.ts';
import type { Cause } from '../../core/stops/cause.ts';
import { subjectOf, wouldStopRecord } from '../../core/stops/stop-record.ts';
import type { AuditTrail, WatchedStops } from '../../ports.ts';
import type { Problems } from '../problems.ts';

export interface RecordWouldStopPorts {
  readonly audit: Pick<AuditTrail, 'add' | 'of'>;
  readonly watchedStops: Pick<WatchedStops, 'open'>;
}

/**
 * Records what rules in observe mode would have stopped, and has it followed to its end: once for each rule that is over, as
 * each of them would have stopped it alone.
 * @param watched what is followed already
 * @param now epoch milliseconds
 * @returns the decisions that were recorded for the first time under the rule that decided
 */
export async function recordWouldStops(
  ports: RecordWouldStopPorts,
  decisions: readonly Decision[],
  watched: readonly WatchedStop[],
  { policy, ...cause }: Pick<Cause, 'actor' | 'policyVersion' | 'sweepId'> & { readonly policy: Policy },
  now: number,
  problems: Problems,
): Promise<readonly Decision[]> {
  const known = new Set(watched.map(watchKey));
  const versions = new Map(policy.rules.map((rule) => [rule.id, ruleVersion(rule)]));
  const written = await pMap(
    decisions.flatMap((decision) => causesOf(decision).map((why) => ({ decision, why }))),
    async ({ decision, why: { rule, reason, only } }) => {
      const { item } = decision;
      const subject = subjectOf(item, policy.pricePerMeteredMinute);
      const record = {
        ...wouldStopRecord(subject, { ...cause, rule, reason, only, mode: 'observe' }),
        details: { ruleVersion: versions.get(rule) },
      };
      const facts = known.has(watchKey({ arn: item.arn, rule })) ? undefined : { ...item, only };
      const result = await problems.during(
        `${item.arn}: that it would be stopped could not be recorded`,
        recordWouldStop(ports, record, facts, now),
        'failed',
      );
      return result === 'written' && rule === decision.rule ? decision : undefined;
    },
    { concurrency: 8 },
  );
  return written.filter((one) => one !== undefined);
}

/** The rule that decided, in the words of the decision, and the others that are over. */
function causesOf({ rule = '', reason, only, over = [] }: Decision) {
  const others = over.filter((verdict) => verdict.rule !== rule);
  return [{ rule, reason, only }, ...others];
}

/**
 * The watch before the record: whoever follows it writes the record again, so that a crash in between loses neither. A record
 * whose watch is lost tells when the stop would have been made.
 * @param facts absent: it is watched already
 * @throws AwsCallError when a table does not answer
 */
export async function recordWouldStop(
  { audit, watchedStops }: RecordWouldStopPorts,
  record: AuditRecord,
  facts: Watched | undefined,
  now: number,
): Promise<'written' | 'existed'> {
  if (facts) {
    const stored = (await audit.of(record.subject, record.id)).find(({ id }) => id === record.id);
    const watch = watchedStop(record, facts, stored, now);
    // Nothing lives that long; watching it anew at every sweep would never end.
    if (!isOutlived(watch, now)) await watchedStops.open(watch);
    if (stored) return 'existed';
  }
  return audit.add(record);
}
