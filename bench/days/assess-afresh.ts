import type { Policy } from '../../lambda/core/policy/schema.ts';
import type { Invocation } from '../../lambda/ports.ts';
import { Problems } from '../../lambda/use-cases/problems.ts';
import { type Assessment, assess } from '../../lambda/use-cases/sweep/assess.ts';
import type { World } from './world.ts';

/**
 * The guard's own figures and decisions at this moment, by its own code, for a script that remembers nothing: all work of
 * a day is in the listings. @throws Error when something could not be read
 */
export async function assessAfresh(
  { ports: { farm, tags } }: World,
  policy: Policy,
  invocation: Invocation,
): Promise<Assessment> {
  const problems = new Problems(false);
  const assessment = await assess({ ...NOTHING_KNOWN, farm, tags }, policy, invocation, problems);
  const all = [...assessment.inventory.problems, ...problems.all];
  if (all.length > 0) throw new Error(`the account could not be read: ${all.join('; ')}`);
  return assessment;
}

const none = async () => [];

const NOTHING_KNOWN = {
  account: { last: async () => undefined, keep: async () => {} },
  memories: { all: async () => new Map() },
  ledger: { between: none, days: async () => new Map() },
  history: { of: async () => new Map() },
  audit: { of: none },
  heldOrders: { all: none },
};
