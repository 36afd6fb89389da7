import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Order } from '../../lambda/sweep/inventory-listing.ts';

type Created = number | undefined;

/** Reads page by page as long as something as new as `mark` may follow. */
function read(mark: number, pages: readonly (readonly Created[])[]) {
  const order = new Order();
  let count = 0;
  for (const page of pages) {
    order.add(page);
    count += 1;
    if (order.isBelow(mark)) break;
  }
  return { order, count };
}

/** The plain definition: every known time is no newer than the known one before it. */
function isNewestFirst(created: readonly Created[]): boolean {
  const known = created.filter((at) => at !== undefined);
  return known.every((at, index) => known.slice(index).every((later) => later <= at));
}

const moment = fc.integer({ min: 0, max: 30 });
const pagesOf = (items: fc.Arbitrary<Created[]>) =>
  fc.tuple(items, fc.integer({ min: 1, max: 4 })).map(([all, size]) => {
    const pages: Created[][] = [];
    for (let at = 0; at < all.length; at += size) pages.push(all.slice(at, at + size));
    return pages;
  });
const anyPages = pagesOf(fc.array(fc.option(moment, { nil: undefined, freq: 6 }), { maxLength: 20 }));
const orderedPages = pagesOf(fc.array(moment, { maxLength: 20 }).map((all) => all.toSorted((a, b) => b - a)));

describe('paging that may stop early', () => {
  it.each([
    { oldest: 100, isBelow: false },
    { oldest: 99, isBelow: true },
  ])('stops strictly below the watermark: 100 and $oldest', ({ oldest, isBelow }) => {
    expect(read(100, [[120, oldest]]).order.isBelow(100)).toBe(isBelow);
  });

  it.each([
    { what: 'on its first page', pages: [[120, 130], [50], [40]], count: 3 },
    { what: 'from page to page', pages: [[120, 110], [115, 50], [40]], count: 3 },
    { what: 'below the watermark', pages: [[40, 50], [30]], count: 2 },
  ])('never stops once an item was out of order $what', ({ pages, count }) => {
    expect(read(100, pages).count).toBe(count);
  });

  it.each([{ pages: [[]] }, { pages: [[undefined, undefined]] }])(
    'takes nothing from a page without times: $pages',
    ({ pages }) => {
      const { order } = read(100, pages);

      expect([order.isNewestFirst, order.oldest]).toEqual([true, undefined]);
    },
  );

  it('misses nothing of a newest-first listing that reading all pages would find, and reads no page too many', () => {
    fc.assert(
      fc.property(moment, orderedPages, (mark, pages) => {
        const { count } = read(mark, pages);

        const wanted = (all: readonly Created[]) => all.filter((at) => at !== undefined && at >= mark);
        expect(wanted(pages.slice(0, count).flat())).toEqual(wanted(pages.flat()));
        const first = pages.findIndex((page) => page.some((at) => at !== undefined && at < mark));
        expect(count).toBe(first < 0 ? pages.length : first + 1);
      }),
    );
  });

  it('stops only while everything seen was newest first', () => {
    fc.assert(
      fc.property(moment, anyPages, (mark, pages) => {
        const { order, count } = read(mark, pages);

        const seen = pages.slice(0, count).flat();
        expect(order.isNewestFirst).toBe(isNewestFirst(seen));
        if (count < pages.length) {
          expect(isNewestFirst(seen)).toBe(true);
          expect(seen.some((at) => at !== undefined && at < mark)).toBe(true);
        }
      }),
    );
  });
});
