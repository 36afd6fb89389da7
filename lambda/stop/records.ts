import type { AuditRecord, Stop, StopTarget } from '../model.ts';
import { moneyFor } from '../money.ts';
import { ids, type StopEvent } from '../store/ids.ts';
import type { Invocation } from '../wiring.ts';

/** What the audit trail keeps of the work that a record is about. */
export type Facts = Pick<AuditRecord, 'project' | 'run' | 'device' | 'minutes' | 'money' | 'billed'>;

/** The facts of a target, as far as it knows them. */
export function factsOf({ project, run, device, minutes, phase }: StopTarget, price: number): Facts {
  return {
    project: project?.name,
    run: run?.name,
    device,
    ...(minutes && { minutes, money: moneyFor(minutes.metered, price) }),
    ...(phase && { billed: phase === 'started' || phase === 'stopping' }),
  };
}

/** The record of one step of an attempt. */
export function stopRecord(
  event: StopEvent,
  attempt: number,
  stop: Stop,
  { invocation, reason, facts = {} }: { invocation: Invocation; reason: string; facts?: Facts },
): AuditRecord {
  const { policy, policyVersion, id } = invocation;
  return {
    ...factsOf(stop.target, policy.pricePerMeteredMinute),
    ...facts,
    subject: stop.target.arn,
    id: ids.stop(attempt, event),
    event,
    attempt,
    actor: stop.actor,
    rule: stop.rule,
    mode: 'enforce',
    policyVersion,
    sweepId: id,
    reason,
    ...(event === 'StopRequested' && { details: followUpDetails(stop) }),
  };
}

/** What following a stop needs, so that the audit trail alone is enough after a loss of the state table. */
function followUpDetails({ scope, target: { billing, timeoutMinutes } }: Stop): AuditRecord['details'] {
  return { only: scope, billing, timeoutMinutes };
}
