import { describe, expect, it } from 'vitest';
import { pages } from '../../../../lambda/aws/farm/pages.ts';
import { ListingError } from '../../../../lambda/core/errors.ts';

/** Everything that a listing delivered, and what it threw. */
async function walk<T>(listing: AsyncIterable<readonly T[]>) {
  const items: T[] = [];
  try {
    for await (const page of listing) items.push(...page);
    return { items, error: undefined };
  } catch (error) {
    return { items, error };
  }
}

describe('pages', () => {
  it('follows the tokens to the end, empty and missing pages included', async () => {
    const replies = [
      { items: ['a'], nextToken: '1' },
      { items: [], nextToken: '2' },
      { items: undefined, nextToken: '3' },
      { items: ['b'], nextToken: undefined },
    ];
    const asked: (string | undefined)[] = [];

    const { items, error } = await walk(
      pages('ListX', async (token) => {
        asked.push(token);
        return replies[asked.length - 1] ?? { items: ['too many'], nextToken: undefined };
      }),
    );

    expect({ items, error, asked }).toEqual({
      items: ['a', 'b'],
      error: undefined,
      asked: [undefined, '1', '2', '3'],
    });
  });

  it('ends at an empty token', async () => {
    const { items, error } = await walk(pages('ListX', async () => ({ items: ['a'], nextToken: '' })));

    expect({ items, error }).toEqual({ items: ['a'], error: undefined });
  });

  it('notices a token that comes back, also after others', async () => {
    const tokens = ['1', '2', '3', '1'];
    let asked = 0;

    const { items, error } = await walk(
      pages('ListX', async () => {
        asked += 1;
        return { items: [asked], nextToken: tokens[(asked - 1) % 4] };
      }),
    );

    expect(items).toEqual([1, 2, 3, 4]);
    expect(error).toBeInstanceOf(ListingError);
    expect(error).toMatchObject({ error: { name: 'EndlessListing' } });
  });

  it('gives up a listing without an end', async () => {
    let asked = 0;

    const { items, error } = await walk(
      pages('ListX', async () => {
        asked += 1;
        return { items: [asked], nextToken: String(asked) };
      }),
    );

    expect(items).toHaveLength(10_000);
    expect(error).toMatchObject({ message: expect.stringContaining('more than 10000 pages') });
  });

  it('delivers what came before a page that failed, and names the listing', async () => {
    const denied = Object.assign(new Error('no'), {
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 400 },
    });

    const { items, error } = await walk(
      pages('ListX of y', async (token) => {
        if (token) throw denied;
        return { items: ['a'], nextToken: '1' };
      }),
    );

    expect(items).toEqual(['a']);
    expect(error).toBeInstanceOf(ListingError);
    expect(error).toMatchObject({
      message: 'ListX of y: AccessDeniedException: no',
      error: { kind: 'accessDenied' },
    });
  });
});
