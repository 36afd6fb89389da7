import type { ProjectMemory } from './project-memory.ts';

/** Remembers when work that reports no start was first seen RUNNING. */
export interface FirstSeen {
  /** Epoch milliseconds: now, when it is seen for the first time. */
  runningSince(arn: string): number;
  /** What an earlier sweep saw; absent when it was never seen RUNNING without a start. */
  remembered(arn: string): number | undefined;
  /** What to remember: the first sights of the items that are still there. */
  still(items: readonly { readonly arn: string }[]): Readonly<Record<string, number>>;
}

/** Begins with what earlier sweeps saw. */
export function firstSeen(memory: Pick<ProjectMemory, 'runningSince'>, now: number): FirstSeen {
  const observed = new Map<string, number>();
  return {
    runningSince(arn) {
      const since = memory.runningSince[arn] ?? now;
      observed.set(arn, since);
      return since;
    },
    remembered(arn) {
      const since = memory.runningSince[arn];
      if (since !== undefined) observed.set(arn, since);
      return since;
    },
    still: (items) =>
      Object.fromEntries(
        items.flatMap(({ arn }) => (observed.has(arn) ? [[arn, observed.get(arn) ?? now]] : [])),
      ),
  };
}
