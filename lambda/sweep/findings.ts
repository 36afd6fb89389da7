import type { Decision, StopResult } from '../model.ts';
import type { FollowUp } from '../stop/follow.ts';
import type { Assessment } from './assess.ts';

/** What a sweep found and did, before it is reported. */
export interface Findings extends Assessment {
  readonly results: readonly StopResult[];
  readonly followUp: FollowUp;
  /** Would-be stops that were recorded for the first time. */
  readonly newlyObserved: readonly Decision[];
  /** Holds that were recorded for the first time. */
  readonly newlyHeld: readonly StopResult[];
}
