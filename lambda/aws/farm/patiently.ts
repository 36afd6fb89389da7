import { describeError } from '../describe-error.ts';
import { type Rate, RateLimiter, REAL_TIME, type Time } from './rate-limiter.ts';

/** Calls until throttling counts as an answer: with their pauses they take about 20 seconds. */
const THROTTLED_TRIES = 8;
/** Calls until a passing fault (a timeout, HTTP 5xx) counts as an answer. */
const FAULT_TRIES = 4;
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 8_000;

/** Makes calls of one API below its rate limit, and again when they meet throttling or a passing fault. */
export type Patiently = <T>(call: () => Promise<T>) => Promise<T>;

/**
 * One per API: Device Farm limits each by itself. Waits are ours and not the SDK's, so that they follow the limiter's clock.
 * What is still refused after the last try is thrown as it came.
 */
export function patiently(rate: Rate, time: Time = REAL_TIME): Patiently {
  const limiter = new RateLimiter(rate, time);
  return async (call) => {
    for (let tries = 1; ; tries += 1) {
      await limiter.take();
      try {
        return await call();
      } catch (error) {
        if (tries >= triesFor(error)) throw error;
        await time.sleep(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)));
      }
    }
  };
}

function triesFor(error: unknown): number {
  const { kind } = describeError(error);
  if (kind === 'throttled') return THROTTLED_TRIES;
  return kind === 'unavailable' ? FAULT_TRIES : 1;
}
