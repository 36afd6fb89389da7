interface Bucket {
  tokens: number;
  at: number;
}

/** What another client of the account asked for, and how much of it had no token. */
export interface OtherRequests {
  asked: number;
  throttled: number;
}

const lookups = { burst: 50, perSecond: 10 } as const;
const others = { burst: 10, perSecond: 1 } as const;

/**
 * Token buckets, one per operation. Rates of the developer guide ("AWS Device Farm limits"): List and Get operations 50 at
 * once and 10 a second, all others 10 at once and 1 a second.
 */
export class Throttle {
  /** Of the other client, by operation. */
  readonly otherClient = new Map<string, OtherRequests>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #perSecond: Readonly<Record<string, number>>;
  readonly #begin: number;

  /** @param perSecond requests a second of another client, by operation, from `begin` on (epoch milliseconds) */
  constructor(perSecond: Readonly<Record<string, number>> = {}, begin = 0) {
    this.#perSecond = perSecond;
    this.#begin = begin;
    for (const operation of Object.keys(perSecond))
      this.otherClient.set(operation, { asked: 0, throttled: 0 });
  }

  /** Takes a token at that moment (epoch milliseconds); false when there is none. */
  admits(operation: string, now: number): boolean {
    this.followOthers(now);
    return this.#take(operation, now);
  }

  /** Lets the other client have asked until `now`. */
  followOthers(now: number): void {
    for (const [operation, counts] of this.otherClient) {
      const every = 1000 / (this.#perSecond[operation] ?? 0);
      for (let at = this.#begin + counts.asked * every; at <= now; at += every) {
        counts.asked += 1;
        if (!this.#take(operation, at)) counts.throttled += 1;
      }
    }
  }

  #take(operation: string, now: number): boolean {
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
