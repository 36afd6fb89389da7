/**
 * Makes `Date` show another clock: the SDK and Powertools ask it for the time. Returns a function that ends it.
 * @param now epoch milliseconds
 */
export function dateFollows(now: () => number): () => void {
  const Real = globalThis.Date;
  class FollowingDate extends Real {
    constructor(...given: readonly unknown[]) {
      if (given.length === 0) super(now());
      else super(...(given as [number])); // As it was called: a Date takes many forms.
    }
    static override now(): number {
      return now();
    }
    /** Dates that were made before are dates too. */
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof Real;
    }
  }
  globalThis.Date = FollowingDate as DateConstructor;
  return () => {
    globalThis.Date = Real;
  };
}
