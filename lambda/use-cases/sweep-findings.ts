import type { Decision } from '../core/decision.ts';
import type { Hold } from '../core/hold.ts';
import type { ActResult } from './act.ts';
import type { Assessment } from './assess.ts';
import type { Confirmations } from './confirm-open-stops.ts';
import type { Learnt } from './learn-from-would-stops.ts';

/** What a sweep found and did, before it is told. */
export interface SweepFindings extends Assessment, Confirmations, Learnt {
  /** Would-be stops that were recorded for the first time. */
  readonly newWouldStops: readonly Decision[];
  readonly results: readonly ActResult[];
  /** Stops that were held for the first time: by a pause, an exemption, the cap or the breaker. */
  readonly newHolds: readonly Hold[];
  /** A table or topic failed, so that something was not seen. */
  readonly blind: boolean;
  /** Calls that IAM refused, those of the inventory and of stops aside. */
  readonly accessDenied: number;
  readonly problems: readonly string[];
}
