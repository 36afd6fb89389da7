import { describeError, OutOfTimeError, REQUEST_LIMIT } from '../errors.ts';
import type { Deadline, Time } from '../time.ts';

/** A token bucket as Device Farm keeps one for each API and account. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
  /** The rate halves after the first throttled reply of an invocation: somebody else needs the API too. */
  readonly halvesWhenThrottled?: boolean;
}

/** Lists and gets (https://docs.aws.amazon.com/devicefarm/latest/developerguide/limits.html). */
export const READ_RATE: Rate = { burst: 50, perSecond: 10 };
/** Everything else, stops included. */
export const WRITE_RATE: Rate = { burst: 10, perSecond: 1 };

/** What paces and bounds calls. */
export interface Pace {
  readonly time: Time;
  readonly deadline: Deadline;
}

/** Milliseconds before the end of the invocation in which no call is begun. */
const LAST_CALL = 1_000;
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 8_000;

/**
 * One API of Device Farm: calls keep below its rate, are repeated with growing pauses, and never outlive the invocation. The
 * SDK makes each call once, so that all waits follow the injected clock.
 */
export class Api {
  readonly #pace: Pace;
  readonly #rate: Rate;
  /** When the bucket would have been empty: each call moves it on by the time that a token takes to come. */
  #emptyAt = Number.NEGATIVE_INFINITY;
  /** Factor on the time that a token takes; doubled once, by the first throttled reply of an invocation. */
  #slowness = 1;

  constructor(rate: Rate, pace: Pace) {
    this.#rate = rate;
    this.#pace = pace;
  }

  /** A new invocation: the rate is as configured again. */
  begin(): void {
    this.#slowness = 1;
  }

  /**
   * Makes a call. What is still refused after the last try is thrown as it came.
   * @param tries how often: until throttling, or a passing fault (a timeout, HTTP 5xx), counts as an answer
   * @throws OutOfTimeError when a try could outlive the invocation
   */
  async call<T>(
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
    tries: { readonly throttled: number; readonly unavailable: number },
  ): Promise<T> {
    for (let count = 1; ; count += 1) {
      await this.#takeToken();
      try {
        return await send({ abortSignal: this.#pace.time.timeout(this.#limit()) });
      } catch (error) {
        const { kind } = describeError(error);
        if (kind === 'throttled' && this.#rate.halvesWhenThrottled) this.#slowness = 2;
        const most = kind === 'throttled' || kind === 'unavailable' ? tries[kind] : 1;
        if (count >= most) throw error;
        await this.#sleep(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (count - 1)));
      }
    }
  }

  /** Takes one token; waits until there is one. */
  async #takeToken(): Promise<void> {
    const { burst, perSecond } = this.#rate;
    const perToken = (1000 / perSecond) * this.#slowness;
    const now = this.#pace.time.now();
    const emptyAt = Math.max(this.#emptyAt, now - burst * perToken) + perToken;
    await this.#sleep(Math.max(0, emptyAt - now), () => {
      this.#emptyAt = emptyAt;
    });
  }

  /** Sleeps, unless that would leave no time for a call. */
  async #sleep(ms: number, before = () => {}): Promise<void> {
    if (this.#pace.deadline.msLeft() - ms < LAST_CALL) throw new OutOfTimeError();
    before();
    if (ms > 0) await this.#pace.time.sleep(ms);
  }

  #limit(): number {
    return Math.max(1, Math.min(REQUEST_LIMIT, this.#pace.deadline.msLeft() - LAST_CALL / 2));
  }
}
