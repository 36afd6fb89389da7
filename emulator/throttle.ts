interface Bucket {
  tokens: number;
  at: number;
}

const lookups = { burst: 50, perSecond: 10 } as const;
const others = { burst: 10, perSecond: 1 } as const;

/**
 * Token buckets, one per operation. Rates of the developer guide ("AWS Device Farm limits"): List and Get operations 50 at
 * once and 10 a second, all others 10 at once and 1 a second.
 */
export class Throttle {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes a token at that moment (epoch milliseconds); false when there is none. */
  admits(operation: string, now: number): boolean {
    const rate = /^(List|Get)/.test(operation) ? lookups : others;
    const bucket = this.#buckets.get(operation) ?? { tokens: rate.burst, at: now };
    this.#buckets.set(operation, bucket);
    const elapsedSeconds = Math.max(0, now - bucket.at) / 1000;
    bucket.tokens = Math.min(rate.burst, bucket.tokens + elapsedSeconds * rate.perSecond);
    bucket.at = Math.max(bucket.at, now);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
