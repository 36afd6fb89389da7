import type { Policy } from '../../core/policy/schema.ts';

/** What every message is understood and carried out with. */
export interface MessageSettings {
  readonly accountId: string;
  readonly policy: Policy;
  readonly policyVersion: string;
}
