import type { Decision } from '../../core/decision.ts';
import type { Hold } from '../../core/safety/hold.ts';
import type { Confirmations } from '../confirm/confirm-open-stops.ts';
import type { Learnt } from '../lessons/learn-from-would-stops.ts';
import type { ActResult } from '../stop/act.ts';
import type { Assessment } from './assess.ts';

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
