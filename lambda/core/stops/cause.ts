import type { StopScope } from '../decision.ts';

/** Why something is to be stopped, and by whose word. */
export interface Cause {
  /** `schedule`, or `sns:<message id>`. */
  readonly actor: string;
  /** The rule, `budget:<name>` or `alarm:<name>`; absent for a person. */
  readonly rule?: string;
  /** A sentence with the numbers in it. */
  readonly reason: string;
  readonly only: StopScope;
  readonly mode: 'observe' | 'enforce';
  readonly policyVersion: string;
  readonly sweepId?: string;
  /** The actor asks once: an item that it has stopped or skipped before is left alone. */
  readonly once?: boolean;
}
