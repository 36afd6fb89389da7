import { setTimeout } from 'node:timers/promises';

/** A token bucket as Device Farm keeps one for each API and account. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** What a limiter needs of time: milliseconds now, and a wait. */
export interface Time {
  now(): number;
  sleep(ms: number): Promise<unknown>;
}

export const REAL_TIME: Time = { now: () => Date.now(), sleep: (ms) => setTimeout(ms) };

/** Lists and gets (https://docs.aws.amazon.com/devicefarm/latest/developerguide/limits.html). */
export const READ_RATE: Rate = { burst: 50, perSecond: 10 };
/** Everything else, stops included. */
export const WRITE_RATE: Rate = { burst: 10, perSecond: 1 };

/** Lets callers through at the rate of a token bucket, in the order in which they came. */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #time: Time;
  /** When the bucket would have been empty: each call moves it on by the time that a token takes to come. */
  #emptyAt = Number.NEGATIVE_INFINITY;

  constructor(rate: Rate, time: Time = REAL_TIME) {
    this.#rate = rate;
    this.#time = time;
  }

  /** Takes one token; waits until there is one. */
  async take(): Promise<void> {
    const { burst, perSecond } = this.#rate;
    const perToken = 1000 / perSecond;
    const now = this.#time.now();
    this.#emptyAt = Math.max(this.#emptyAt, now - burst * perToken) + perToken;
    const wait = this.#emptyAt - now;
    if (wait > 0) await this.#time.sleep(wait);
  }
}
