import type { VirtualClock } from '../../emulator/virtual-clock.ts';

/** What one process sleeps on the virtual clock, by the numbers that it gave. */
export class ContainerSleeps {
  readonly #clock: VirtualClock;
  readonly #wake: (id: number) => void;
  readonly #running = new Map<number, AbortController>();

  constructor(clock: VirtualClock, wake: (id: number) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  begin(id: number, ms: number): void {
    const sleep = new AbortController();
    this.#running.set(id, sleep);
    const end = () => {
      this.#running.delete(id);
      // Given up by the function, or its process is gone: nobody is there to be woken.
      if (!sleep.signal.aborted) this.#wake(id);
    };
    this.#clock.sleep(ms, sleep.signal).then(end, end);
  }

  cancel(id: number): void {
    this.#running.get(id)?.abort();
  }

  cancelAll(): void {
    for (const sleep of this.#running.values()) sleep.abort();
  }
}
