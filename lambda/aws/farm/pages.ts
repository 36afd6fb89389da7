import { ListingError } from '../../core/errors.ts';
import { describeError } from '../describe-error.ts';

/** Pages after which a listing is given up: no account has that many, a service that repeats itself has. */
const MAX_PAGES = 10_000;

interface Page<T> {
  readonly items: readonly T[] | undefined;
  readonly nextToken: string | undefined;
}

/**
 * Walks a listing by its tokens. The SDK's paginators do not notice a token that comes back, and there is none for
 * remote access sessions, so all listings are walked here.
 * @throws ListingError with the pages before it delivered
 */
export async function* pages<T>(
  what: string,
  read: (nextToken: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<readonly T[]> {
  const tokens = new Set<string>();
  let nextToken: string | undefined;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const page = await read(nextToken).catch((error: unknown) => {
      throw new ListingError(what, describeError(error));
    });
    yield page.items ?? [];
    nextToken = page.nextToken;
    if (nextToken === undefined || nextToken === '') return;
    if (tokens.has(nextToken)) throw endless(what, 'the same page token came back');
    tokens.add(nextToken);
  }
  throw endless(what, `there were more than ${MAX_PAGES} pages`);
}

function endless(what: string, message: string): ListingError {
  return new ListingError(what, { name: 'EndlessListing', message, kind: 'other' });
}
