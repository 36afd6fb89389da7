import { coverage } from '../../core/inventory/charging.ts';
import { afterPage, type Frontier, frontier } from '../../core/inventory/frontier.ts';
import type { ListingMemory } from '../../core/inventory/project-memory.ts';
import { LIFETIME_HOURS } from '../../core/inventory/settle.ts';
import type { Pages } from '../../ports.ts';
import type { Faults } from './faults.ts';
import { isOutOfTime } from './within-time.ts';

/** How far back the listings of a project matter, and whether the memory is to be believed as far as it answers. */
export interface Depth {
  readonly from: number;
  readonly scan: boolean;
  /** Only as far as the memory answers, although that is not down to `from`. */
  readonly spare?: boolean;
}

/** What was read of one listing. */
export interface Listed<T> {
  readonly items: readonly T[];
  /** Read down to the mark. */
  readonly complete: boolean;
  /** Read down to where listings matter at all. */
  readonly full: boolean;
  /** Complete from then on; epoch milliseconds. */
  readonly from: number;
  /** Time was up before it was read as far as it should have been. */
  readonly cut: boolean;
}

/** Reads a listing as far as the memory does not answer for it. Never throws for what the service refuses. */
export async function readListing<T extends { readonly arn: string; readonly created?: number }>(
  pages: Pages<T>,
  memory: ListingMemory,
  depth: Depth,
  faults: Faults,
  what: string,
  now: number,
): Promise<Listed<T>> {
  const { scan } = depth;
  const from = depth.spare ? Math.max(depth.from, memory.settled?.from ?? depth.from) : depth.from;
  const items = new Map<string, T>();
  const mark = coverage(memory, from)?.through ?? from;
  let toMark = frontier(mark);
  let toEnd = frontier(scan ? Math.min(mark, from) : mark);
  const listed = () => faults.identified([...items.values()], what);
  try {
    for await (const page of pages) {
      for (const item of page) items.set(item.arn, item);
      const created = page.map((item) => item.created);
      toMark = afterPage(toMark, created);
      toEnd = afterPage(toEnd, created);
      if (toEnd.reached) break;
    }
    return {
      items: listed(),
      complete: true,
      full: !toEnd.reached || toEnd.until <= depth.from,
      from,
      cut: false,
    };
  } catch (error) {
    const cut = isOutOfTime(error);
    const proven = cut && !coverage(memory, from) ? provenFrom(toMark) : undefined;
    if (proven !== undefined) {
      const told = `its ${what} could be read back to ${new Date(proven).toISOString()} only`;
      const seenSince = Math.max(memory.settled?.through ?? 0, now - LIFETIME_HOURS * 3_600_000);
      if (proven <= seenSince) faults.note(told, error);
      else faults.add(told, error);
      return { items: listed(), complete: true, full: false, from: proven, cut };
    }
    // A scan that breaks off below the mark hid nothing: it is due again.
    if (toMark.reached) faults.note(`its ${what} could not be compared with the ledger in full`, error);
    else faults.add(`its ${what} could not be listed in full`, error);
    return { items: listed(), complete: toMark.reached, full: false, from, cut };
  }
}

/** From when on a listing that broke off is complete: newest first all along, it was read in full down to its oldest item. */
function provenFrom({ ordered, oldest }: Frontier): number | undefined {
  return ordered && oldest !== undefined ? oldest + 1 : undefined;
}
