import type { AuditRecord } from '../audit-record.ts';
import type { StopScope } from '../decision.ts';
import type { Billing } from '../service.ts';

/** What has to be known of a stop to follow it to its end. */
export interface FollowUp {
  /** How the work is billed, if whoever stopped it knew. */
  readonly billing?: Billing;
  /** Minutes that the work may run, if whoever stopped it knew. */
  readonly timeoutMinutes?: number;
  /** The stop holds only while the work has not started. */
  readonly only?: 'queued';
}

const BILLINGS: readonly unknown[] = ['metered', 'unmetered', 'unknown'] satisfies readonly Billing[];

/** What the record of a requested stop keeps of it, so that it can be followed by the audit trail alone. */
export function followUpDetails(
  { billing, timeoutMinutes }: Pick<FollowUp, 'billing' | 'timeoutMinutes'>,
  only: StopScope,
): Readonly<Record<string, unknown>> {
  return {
    only,
    ...(billing === undefined ? {} : { billing }),
    ...(timeoutMinutes === undefined ? {} : { timeoutMinutes }),
  };
}

/**
 * What the record of a requested stop keeps for whoever follows it. A record that does not say what was meant holds only while
 * the work is queued: a stop is asked for again only where it was certainly wanted.
 */
export function followUpOf({ details = {} }: Pick<AuditRecord, 'details'>): FollowUp {
  const { billing, timeoutMinutes, only } = details;
  return {
    ...(isBilling(billing) ? { billing } : {}),
    ...(typeof timeoutMinutes === 'number' ? { timeoutMinutes } : {}),
    ...(only === 'any' ? {} : { only: 'queued' }),
  };
}

function isBilling(value: unknown): value is Billing {
  return BILLINGS.includes(value);
}
