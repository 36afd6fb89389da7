import { parseArgs } from 'node:util';
import { reportDays } from './days/report.ts';
import { type AskedDay, spread } from './days/spread.ts';

const PROCESSES = 2;
/** Of how many seeds one is lived with a committed threshold as well. */
const COMMITTED_EVERY = 10;

/**
 * Seeded days against stopping in listing order and against stop-all. `--days` says how many (1000), `--from` the first seed (1).
 * @throws RangeError for a number of days or a seed that is no whole number above 0
 */
export async function benchDays(given: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({
    args: [...given],
    options: { days: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } },
  });
  const [count, from] = [wholeNumber('days', values.days), wholeNumber('from', values.from)];
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  const asked: AskedDay[] = seeds.flatMap((seed) => [
    { seed, watching: 'spent' as const },
    ...(seed % COMMITTED_EVERY === 0 ? [{ seed, watching: 'committed' as const }] : []),
  ]);
  const results = await spread(asked, PROCESSES, (done) => {
    if (done % 20 === 0 || done === asked.length) console.error(`${done} of ${asked.length} days`);
  });
  reportDays(results);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`--${name} ${text} is not a whole number above 0; give one such as 100`);
  return value;
}
