import type { AuditRecord, Stop, StopTarget } from '../model.ts';
import { moneyFor } from '../money.ts';
import { ids, type StopEvent } from '../store/ids.ts';
import type { ItemKind } from '../store/state.ts';
import { isRecord } from '../text.ts';
import type { Invocation } from '../wiring.ts';

/** What the audit trail keeps of the work that a record is about. */
export type Facts = Pick<
  AuditRecord,
  'project' | 'run' | 'device' | 'owner' | 'minutes' | 'money' | 'billed'
>;

/** The facts of a target, as far as it knows them. */
export function factsOf({ project, run, device, owner, minutes, phase }: StopTarget, price: number): Facts {
  return {
    project: project?.name,
    run: run?.name,
    device,
    ...(owner && { owner }),
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

/** A stop whose end has not been seen. */
export interface Followed {
  readonly stop: Stop;
  /** 0: the stop was only observed, so that its work goes on to its own end. */
  readonly attempt: number;
  /** When it was requested, or would have been. */
  readonly at: number;
  /** Of an observed stop: the rule as it stood then. */
  readonly ruleVersion?: string;
}

/** By the ARN of the target; of an observed stop by ARN and rule. No work lives longer than the items are kept. */
export const FOLLOWED: ItemKind<Followed> = {
  prefix: 'follow',
  days: 7,
  parse(value) {
    if (!isRecord(value) || !isRecord(value.stop) || !isRecord(value.stop.target)) return undefined;
    const { stop, attempt, at } = value;
    const { target } = value.stop;
    const known =
      typeof target.arn === 'string' &&
      (target.kind === 'job' || target.kind === 'session' || target.kind === 'run') &&
      typeof stop.reason === 'string' &&
      typeof stop.actor === 'string' &&
      (stop.scope === 'queued' || stop.scope === 'any') &&
      typeof attempt === 'number' &&
      typeof at === 'number';
    return known ? (value as unknown as Followed) : undefined; // Everything that following depends on was looked at.
  },
};

/**
 * Marks a state table that knows which stops are to be followed; after a loss they are found again in the audit trail. Of a table that
 * lost some items and not this one nobody would notice, so it is looked again when the mark has expired.
 */
export const RECOVERED: ItemKind<true> = {
  prefix: 'recovered',
  days: 1,
  parse: (value) => (value === true ? true : undefined),
};

export function followedId({ target, rule }: Stop, attempt: number): string {
  return attempt === 0 ? `${target.arn}#${rule}` : target.arn;
}

/** Whether a message ordered the stop; otherwise a rule of a sweep decided it. */
export function isOrder({ actor }: Stop): boolean {
  return actor !== 'schedule';
}
