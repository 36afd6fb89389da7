import type { Tellings } from '../../ports.ts';
import type { Table } from '../table.ts';

const PARTITION = 'told';
/** Days that a telling is remembered: longer than the longest budget period. */
const KEEP_DAYS = 100;
/**
 * Milliseconds after which a claim that was never marked told is taken over: longer than any invocation (240 s), and
 * shorter than the default interval, so that the next sweep tells it.
 */
const CLAIM = 4.5 * 60_000;

/**
 * What was told, in the state table.
 * @param clock epoch milliseconds
 */
export function tellings(table: Table, clock: () => number): Tellings {
  const item = (key: string, told: boolean) => ({
    pk: PARTITION,
    sk: key,
    told,
    claimedAt: clock(),
    expires: Math.floor(clock() / 1000) + KEEP_DAYS * 86_400,
  });
  return {
    claim: (key) =>
      table.put(item(key, false), {
        expression: 'attribute_not_exists(pk) OR (#told = :no AND #claimedAt < :stale)',
        names: { '#told': 'told', '#claimedAt': 'claimedAt' },
        values: { ':no': false, ':stale': clock() - CLAIM },
      }),
    async told(key) {
      await table.put(item(key, true));
    },
  };
}
