import type { Decision } from '../../core/decision.ts';
import { type Decisions, decide } from '../../core/rules/decide.ts';
import type { Circumstances } from '../../core/rules/judge.ts';
import { type Hold, holdsOfExemptions } from '../../core/safety/hold.ts';
import { taggable } from '../../core/steering/protection.ts';
import type { WorkItem } from '../../core/work-item.ts';
import type { TagReader } from './read-tags.ts';

export interface ProtectedDecisions extends Decisions {
  /** What exemptions saved from a stop. */
  readonly saved: readonly Hold[];
}

/**
 * Decides with what protects by tag. Only the tags of work that would be stopped are read; what they save may bring other
 * work to its turn, so it is decided again until every stop has had its tags read.
 */
export async function decideProtected(
  items: readonly WorkItem[],
  circumstances: Circumstances,
  tags: TagReader,
): Promise<ProtectedDecisions> {
  for (;;) {
    const protections = [...(circumstances.protections ?? []), ...tags.protections];
    const decided = decide(items, { ...circumstances, protections });
    if (!(await tags.read(decided.decisions.filter(isStop).flatMap(({ item }) => taggable(item))))) {
      return { ...decided, saved: holdsOfExemptions(decided.decisions, { ...circumstances, protections }) };
    }
  }
}

function isStop({ action }: Decision): boolean {
  return action !== 'keep';
}
