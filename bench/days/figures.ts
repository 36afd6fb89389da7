import type { Lived } from './lived.ts';

/** What a day came to under one strategy. Money in US dollars, tests and sessions by number. */
export interface Figures {
  readonly billed: number;
  /** Of `billed`, what lies above the budget. */
  readonly beyond: number;
  /** Billed for work that would have ended by itself and was cut short. */
  readonly cutShort: number;
  /** Billed for work that hangs. */
  readonly hung: number;
  /** Billed for work that ended by itself. */
  readonly ended: number;
  /** What everything costs in the end: `billed`, and all over again for what would have ended by itself and was stopped. */
  readonly withReruns: number;
  /** Tests that had started and would have passed; sessions that were in use. */
  readonly killed: number;
  /** The same, cancelled before they had started: free of charge, and still not done. */
  readonly cancelled: number;
  /** All stops that had an effect. */
  readonly stops: number;
}

/** @param alone what everything comes to when nobody stops it, in the same order */
export function figuresOf(
  lived: readonly Lived[],
  alone: readonly Lived[],
  { limitUsd, price }: { readonly limitUsd: number; readonly price: number },
): Figures {
  const usd = (some: readonly Lived[]) => some.reduce((sum, one) => sum + one.meteredMinutes * price, 0);
  const cut = lived.filter(({ stopped, hangs }) => stopped && !hangs);
  const again = new Set(cut.map(({ arn }) => arn));
  const victims = lived.filter(({ stopped, endsWell }) => stopped && endsWell);
  const billed = usd(lived);
  return {
    billed,
    beyond: Math.max(0, billed - limitUsd),
    cutShort: usd(cut),
    hung: usd(lived.filter(({ hangs }) => hangs)),
    ended: usd(lived.filter(({ stopped, hangs }) => !stopped && !hangs)),
    withReruns: billed + usd(alone.filter(({ arn }) => again.has(arn))),
    killed: victims.filter(({ started }) => started).length,
    cancelled: victims.filter(({ started }) => !started).length,
    stops: lived.filter(({ stopped }) => stopped).length,
  };
}
