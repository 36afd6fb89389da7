import { setImmediate as turn } from 'node:timers/promises';

/** Turns of the event loop without news after which nothing is going on in this process. */
const QUIET_TURNS = 4;

/** Something that works beside this process's event loop, such as child processes. The clock does not move while it is busy. */
export interface Watched {
  /** Resolves once nothing is going on but virtual sleeping. */
  idle(): Promise<void>;
  /** A number that grows whenever something happens; if it grew, the clock asks again. */
  changes(): number;
  /** Called when time has moved. */
  moved(): void;
}

interface Wake {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/**
 * A clock that stands still while work is done and jumps while everybody sleeps. When all that is left to do is to wait, time
 * moves to the earliest wake-up; nothing ever really sleeps. Times are epoch milliseconds.
 */
export class VirtualClock {
  #now: number;
  #order = 0;
  #changes = 0;
  #running = false;
  readonly #sleepers = new Set<Wake>();
  readonly #alarms = new Set<Wake>();
  readonly #watched = new Set<Watched>();

  constructor(start: number) {
    this.#now = Math.trunc(start);
  }

  /** Epoch milliseconds, a whole number. An arrow function, so that it can be handed on as it is. */
  readonly now = (): number => this.#now;

  /**
   * Resolves when `ms` virtual milliseconds have passed; like Node's timers it counts whole milliseconds, one at least.
   * Rejects with the signal's reason when it is aborted first.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.sleepUntil(this.#now + wholeMilliseconds(ms), signal);
  }

  /** Resolves when the clock shows `time`, at the next quiet moment if it is past already. */
  sleepUntil(time: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const wake: Wake = this.#wake(time, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      const abort = () => {
        this.#sleepers.delete(wake);
        this.#changes++;
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.add(wake);
      if (!this.#running) void this.#run();
    });
  }

  /**
   * Calls `fire` when time passes `time`, but is no reason for time to move: for what happens in the background.
   * Returns a function that cancels it.
   */
  at(time: number, fire: () => void): () => void {
    const alarm = this.#wake(time, fire);
    this.#alarms.add(alarm);
    return () => {
      this.#alarms.delete(alarm);
    };
  }

  /**
   * Moves time at once.
   * @throws RangeError when time would run backwards or past somebody who sleeps: then sleep as well.
   */
  advanceTo(time: number): void {
    if (!(time >= this.#now)) {
      throw new RangeError(`cannot move the clock back from ${iso(this.#now)} to ${time}; give a later time`);
    }
    const sleeper = earliest(this.#sleepers);
    if (sleeper && sleeper.at <= time) {
      throw new RangeError(`somebody sleeps until ${iso(sleeper.at)}; await sleepUntil() instead of a jump`);
    }
    for (let next = earliest(this.#alarms); next && next.at <= time; next = earliest(this.#alarms)) {
      this.#sound(next);
    }
    this.#moveTo(time);
  }

  /** Moves time at once by `ms` milliseconds; see `advanceTo`. */
  advance(ms: number): void {
    this.advanceTo(this.#now + ms);
  }

  /** Makes the clock wait for something that works beside this process; returns a function that ends it. */
  watch(watched: Watched): () => void {
    this.#watched.add(watched);
    return () => {
      this.#changes += watched.changes() + 1;
      this.#watched.delete(watched);
    };
  }

  #wake(time: number, fire: () => void): Wake {
    this.#changes++;
    return { at: Math.trunc(time), order: this.#order++, fire };
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#sleepers.size > 0) {
      await this.#quiet();
      this.#step();
    }
    this.#running = false;
  }

  /** One event: the earliest alarm or sleeper, alarms first when both are due at once. */
  #step(): void {
    const sleeper = earliest(this.#sleepers);
    if (!sleeper) return;
    const alarm = earliest(this.#alarms);
    if (alarm && alarm.at <= sleeper.at) {
      this.#sound(alarm);
      return;
    }
    this.#sleepers.delete(sleeper);
    this.#moveTo(sleeper.at);
    sleeper.fire();
  }

  #sound(alarm: Wake): void {
    this.#alarms.delete(alarm);
    this.#moveTo(alarm.at);
    alarm.fire();
  }

  #moveTo(time: number): void {
    this.#changes++;
    if (time <= this.#now) return;
    this.#now = Math.trunc(time);
    for (const watched of this.#watched) watched.moved();
  }

  /** Waits until a whole round of asking brings no news. */
  async #quiet(): Promise<void> {
    for (let seen = -1; seen !== this.#news(); ) {
      seen = this.#news();
      for (let i = 0; i < QUIET_TURNS; i++) await turn();
      for (const watched of this.#watched) await watched.idle();
    }
  }

  #news(): number {
    let news = this.#changes;
    for (const watched of this.#watched) news += watched.changes();
    return news;
  }
}

function earliest(wakes: ReadonlySet<Wake>): Wake | undefined {
  let first: Wake | undefined;
  for (const wake of wakes) {
    if (!first || wake.at < first.at || (wake.at === first.at && wake.order < first.order)) first = wake;
  }
  return first;
}

/** What Node's timers make of a delay (https://nodejs.org/docs/latest-v20.x/api/timers.html#settimeoutcallback-delay-args). */
function wholeMilliseconds(ms: number): number {
  return ms >= 1 && ms <= 2 ** 31 - 1 ? Math.trunc(ms) : 1;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
