import type { Billing } from '../../core/service.ts';
import type { Cause } from '../../core/stops/cause.ts';
import type { Subject } from '../../core/stops/stop-record.ts';
import type { AuditTrail, DeviceFarm, OpenStops, Stopper } from '../../ports.ts';

/** What a stop reads, calls and writes. */
export interface StopPorts {
  readonly farm: Pick<DeviceFarm, 'job' | 'session'>;
  readonly stopper: Stopper;
  readonly audit: AuditTrail;
  readonly openStops: OpenStops;
}

export interface StopTarget {
  readonly kind: 'job' | 'session';
  readonly arn: string;
  /** What the caller knows of the work, for the audit trail; the rest is taken from the re-read. */
  readonly subject?: Partial<Subject>;
  /** How the work is billed, if the caller knows. */
  readonly billing?: Billing;
  /** Minutes that the work may run, if the caller knows. */
  readonly timeoutMinutes?: number;
}

/** One stop: of what, and why. */
export interface StopOrder {
  readonly target: StopTarget;
  readonly cause: Cause;
}

export interface StopSettings {
  /** Minutes after an accepted stop before the next attempt. */
  readonly confirmWithinMinutes: number;
  /** Accepted stops without effect after which nobody but a person asks again. */
  readonly maxAttempts: number;
  readonly pricePerMeteredMinute: number;
  /** Epoch milliseconds. */
  readonly now: number;
}
