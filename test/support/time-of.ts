import { setMaxListeners } from 'node:events';
import type { VirtualClock } from '../../emulator/virtual-clock.ts';
import type { Time } from '../../lambda/time.ts';

/** Time as AutoStop's clients take it, by a virtual clock. A timeout is no reason for the clock to move. */
export function timeOf(clock: VirtualClock): Time {
  /** Signals by their moment: calls that may last until the same moment share one. */
  const signals = new Map<number, AbortSignal>();
  return {
    now: clock.now,
    sleep: (ms) => clock.sleep(ms),
    timeout: (ms) => {
      const end = clock.now() + ms;
      const known = signals.get(end);
      if (known) return known;
      const call = new AbortController();
      setMaxListeners(0, call.signal);
      signals.set(end, call.signal);
      clock.at(end, () => {
        signals.delete(end);
        call.abort(new DOMException('the time limit has passed', 'TimeoutError'));
      });
      return call.signal;
    },
  };
}
