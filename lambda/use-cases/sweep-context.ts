import type { Policy } from '../core/policy/schema.ts';

/** Which policy, and which sweep. */
export interface SweepContext {
  readonly policy: Policy;
  readonly policyVersion: string;
  readonly sweepId: string;
}
