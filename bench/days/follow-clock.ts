import type { VirtualClock } from '../../local/virtual-clock.ts';

/** Lets `Date` of this process show the time of a clock, as the SDK and Powertools ask it; returns a function that ends it. */
export function followClock(clock: Pick<VirtualClock, 'now'>): () => void {
  const RealDate = globalThis.Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length === 0 ? [clock.now()] : given, newTarget),
    get: (target, key, receiver) => (key === 'now' ? clock.now : Reflect.get(target, key, receiver)),
  });
  return () => {
    globalThis.Date = RealDate;
  };
}
