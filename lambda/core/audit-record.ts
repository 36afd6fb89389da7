import type { DeviceMinutes } from './minutes.ts';

/** Every event of the audit trail. */
export type AuditEvent =
  | 'StopRequested'
  | 'StopAccepted'
  | 'StopFailed'
  | 'StopSkipped'
  | 'StopConfirmed'
  | 'StopEscalated'
  | 'StopHeld'
  | 'WouldStop'
  | 'WouldStopEnded'
  | 'CommandReceived'
  | 'CommandRejected'
  | 'ThresholdCrossed'
  | 'GuardPaused'
  | 'GuardResumed'
  | 'ExemptionGranted'
  | 'ExemptionRevoked'
  | 'SweepCompleted';

/**
 * One line of the audit trail. `subject` and `id` are its key: an id is deterministic, so that writing the same thing twice
 * collides instead of adding up. The time of writing (`at`, `day`) is added by the table's adapter.
 */
export interface AuditRecord {
  /** ARN of the job, session, run or project; `guard` for commands, pauses and exemptions; `sweep#<UTC day>` for sweeps; `budget#<rule>` for thresholds. */
  readonly subject: string;
  readonly id: string;
  readonly event: AuditEvent;
  /** `schedule`, `sns:<message id>` or `cli:<caller arn>`. */
  readonly actor: string;
  /** A sentence for the person on call, numbers included. */
  readonly reason: string;
  readonly mode: 'observe' | 'enforce';
  readonly policyVersion: string;
  readonly rule?: string;
  readonly attempt?: number;
  readonly sweepId?: string;
  readonly project?: string;
  readonly run?: string;
  readonly device?: string;
  readonly minutes?: DeviceMinutes;
  /** Micro-dollars (millionths of a US dollar). */
  readonly money?: number;
  /** Whether the work had started, so that its minutes so far are billed or occupied. */
  readonly billed?: boolean;
  /** Seconds from the accepted stop request to its effect. */
  readonly seconds?: number;
  /** Device minutes that a stop avoided at most, up to the timeout of the work; 0 where it ended by itself. */
  readonly avoided?: number;
  /** Micro-dollars of these minutes; absent when it is not known whether they are metered. */
  readonly avoidedMoney?: number;
  /** The minutes are an estimate by the clock: the service had no final counters yet. */
  readonly estimated?: boolean;
  /** What a command asked for, or the counts of a sweep. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A record as it is read back. */
export interface StoredAuditRecord extends AuditRecord {
  /** ISO 8601 time of writing, milliseconds, UTC. */
  readonly at: string;
  /** UTC day of writing. */
  readonly day: string;
}
