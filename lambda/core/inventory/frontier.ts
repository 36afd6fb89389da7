/** How far a newest-first listing has to be read. Times are epoch milliseconds. */
export interface Frontier {
  /** Reading may stop below this moment, as long as the order holds. */
  readonly until: number;
  /** Every item so far was no newer than the one before it. */
  readonly ordered: boolean;
  /** Creation of the oldest item so far. */
  readonly oldest?: number;
  /** Nothing below needs to be read. */
  readonly reached: boolean;
}

export function frontier(until: number): Frontier {
  return { until, ordered: true, reached: false };
}

/**
 * Takes in one page. ListRuns has no documented order: newest first is what users observe. So paging stops early only
 * while everything seen was newest first; the first item out of order makes it a full scan.
 * An item without a creation time says nothing of the order.
 */
export function afterPage(state: Frontier, created: readonly (number | undefined)[]): Frontier {
  const known = created.filter((at) => at !== undefined);
  const chain = state.oldest === undefined ? known : [state.oldest, ...known];
  const ordered = state.ordered && chain.every((at, index) => index === 0 || at <= (chain[index - 1] ?? at));
  const oldest = chain.at(-1);
  return {
    until: state.until,
    ordered,
    reached: ordered && oldest !== undefined && oldest < state.until,
    ...(oldest === undefined ? {} : { oldest }),
  };
}
