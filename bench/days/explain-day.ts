import type { Other } from './compare.ts';
import type { DayResult } from './day-result.ts';

const NAMES: Readonly<Record<Other, string>> = { listingOrder: 'listing order', stopAll: 'stop-all' };

/** Dollars below which a difference in money comes from the order of calls within one look. */
const ONE_LOOK = 1;

/** Why the guard did not do as well as a script on a day, from the figures of that day. */
export function explainDay({ seed, figures, maxStopsPerHour, limitUsd }: DayResult, other: Other): string {
  const { guard } = figures;
  const script = figures[other];
  const more = guard.billed - script.billed;
  const parts = [
    `hanging work ${signed(guard.hung - script.hung)}`,
    `cut short ${signed(guard.cutShort - script.cutShort)}`,
    `ended by itself ${signed(guard.ended - script.ended)}`,
    `killed ${guard.killed} against ${script.killed}`,
  ];
  return `seed ${seed}, against ${NAMES[other]}: billed ${signed(more)} with a budget of $${limitUsd} (${parts.join(', ')}); ${cause()}`;

  function cause(): string {
    const isCapped = Math.max(guard.stops, script.stops) > maxStopsPerHour;
    if (isCapped)
      return `more was to be stopped than the ${maxStopsPerHour} stops of an hour: the guard gave its places to queued work, and ${mainly()}`;
    if (Math.abs(more) < ONE_LOOK)
      return 'queued work was stopped first, and at one call a second started work was billed some seconds longer';
    return mainly();
  }

  function mainly(): string {
    if (guard.killed > script.killed)
      return `killed ${guard.killed - script.killed} more that the script happened to spare`;
    const { hung, ended, cutShort } = guard;
    const worst = Math.max(hung - script.hung, ended - script.ended, cutShort - script.cutShort);
    if (worst === hung - script.hung)
      return 'the script stopped work earlier that nobody could yet know to hang';
    if (worst === ended - script.ended) return 'the guard let tests end that the script killed';
    return 'the tests that the guard cut short had run longer';
  }
}

function signed(usd: number): string {
  return `${usd < 0 ? '-' : '+'}$${Math.abs(usd).toFixed(2)}`;
}
