import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterPage, type Frontier, frontier } from '../../../../lambda/core/inventory/frontier.ts';

type Created = number | undefined;

/** Reads page by page as long as the frontier asks for more. */
function read(until: number, pages: readonly (readonly Created[])[]): { state: Frontier; read: number } {
  let state = frontier(until);
  let read = 0;
  for (const page of pages) {
    state = afterPage(state, page);
    read += 1;
    if (state.reached) break;
  }
  return { state, read };
}

/** The plain definition: every known time is no newer than the known one before it. */
function isNewestFirst(created: readonly Created[]): boolean {
  const known = created.filter((at) => at !== undefined);
  return known.every((at, index) => known.slice(index).every((later) => later <= at));
}

const moment = fc.integer({ min: 0, max: 30 });
const created = fc.option(moment, { nil: undefined, freq: 6 });
const pagesOf = (items: fc.Arbitrary<Created[]>) =>
  fc.tuple(items, fc.integer({ min: 1, max: 4 })).map(([all, size]) => {
    const pages: Created[][] = [];
    for (let at = 0; at < all.length; at += size) pages.push(all.slice(at, at + size));
    return pages;
  });
const anyPages = pagesOf(fc.array(created, { maxLength: 20 }));
const orderedPages = pagesOf(fc.array(moment, { maxLength: 20 }).map((all) => all.toSorted((a, b) => b - a)));

describe('frontier', () => {
  it.each([
    { oldest: 100, reached: false },
    { oldest: 99, reached: true },
  ])('is reached strictly below its moment: 100 and $oldest', ({ oldest, reached }) => {
    const state = afterPage(frontier(100), [120, oldest]);

    expect(state.reached).toBe(reached);
  });

  it('is never reached again once an item was out of order', () => {
    const { state, read: count } = read(100, [[120, 130], [50], [40]]);

    expect(count).toBe(3);
    expect(state).toMatchObject({ ordered: false, reached: false });
  });

  it('holds the order across pages', () => {
    const { state } = read(100, [
      [120, 110],
      [115, 50],
    ]);

    expect(state).toMatchObject({ ordered: false, reached: false });
  });

  it('is not reached by a page out of order, even when all of it is old', () => {
    const state = afterPage(frontier(100), [40, 50]);

    expect(state).toMatchObject({ ordered: false, reached: false });
  });

  it.each([[[]], [[undefined]], [[undefined, undefined]]])('learns nothing from %j', (page) => {
    const state = afterPage(frontier(100), page);

    expect(state).toEqual(frontier(100));
  });

  it('stays reached over a page that says nothing', () => {
    const state = afterPage(afterPage(frontier(100), [50]), [undefined]);

    expect(state.reached).toBe(true);
  });

  it('misses nothing of a newest-first listing that a scan of all pages would find', () => {
    fc.assert(
      fc.property(moment, orderedPages, (until, pages) => {
        const { read: count } = read(until, pages);

        const wanted = (all: readonly Created[]) => all.filter((at) => at !== undefined && at >= until);
        expect(wanted(pages.slice(0, count).flat())).toEqual(wanted(pages.flat()));
      }),
    );
  });

  it('reads no page of a newest-first listing after the first that holds something older', () => {
    fc.assert(
      fc.property(moment, orderedPages, (until, pages) => {
        const { read: count } = read(until, pages);

        const first = pages.findIndex((page) => page.some((at) => at !== undefined && at < until));
        expect(count).toBe(first < 0 ? pages.length : first + 1);
      }),
    );
  });

  it('stops early only while everything seen was newest first', () => {
    fc.assert(
      fc.property(moment, anyPages, (until, pages) => {
        const { state, read: count } = read(until, pages);

        const seen = pages.slice(0, count).flat();
        expect(state.ordered).toBe(isNewestFirst(seen));
        if (count < pages.length) {
          expect(isNewestFirst(seen)).toBe(true);
          expect(seen.some((at) => at !== undefined && at < until)).toBe(true);
        }
      }),
    );
  });
});
