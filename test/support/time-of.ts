import type { VirtualClock } from '../../emulator/virtual-clock.ts';
import type { Time } from '../../lambda/time.ts';

/** Time as AutoStop's clients take it, by a virtual clock. A timeout is no reason for the clock to move. */
export function timeOf(clock: VirtualClock): Time {
  return {
    now: clock.now,
    sleep: (ms) => clock.sleep(ms),
    timeout: (ms) => {
      const call = new AbortController();
      clock.at(clock.now() + ms, () =>
        call.abort(new DOMException('the time limit has passed', 'TimeoutError')),
      );
      return call.signal;
    },
  };
}
