import { isRecord } from '../../local/stack/is-record.ts';
import { dayOf } from './day.ts';
import { dayResult } from './day-result.ts';

/** A process that lives days for another one: a seed comes in by a message, the result goes back by one. */
process.on('message', (asked) => {
  if (!isRecord(asked) || typeof asked.seed !== 'number')
    throw new TypeError('a day is asked for by its seed');
  const watching = asked.watching === 'committed' ? 'committed' : 'spent';
  void dayResult(dayOf(asked.seed), watching).then((result) => process.send?.(result));
});
