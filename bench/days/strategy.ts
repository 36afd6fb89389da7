import type { Policy } from '../../lambda/core/policy/schema.ts';
import type { World } from './world.ts';

/** What looks at a day every ten minutes and stops what it chooses. */
export interface Strategy {
  readonly name: string;
  /** @param look a name of its own for each look of a day */
  readonly look: (world: World, policy: Policy, look: string) => Promise<unknown>;
}
