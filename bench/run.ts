import { benchColdStart } from './cold-start.ts';
import { benchDays } from './days.ts';
import { benchMonth } from './month.ts';
import { benchSweeps } from './sweeps.ts';

const BENCHES = { sweeps: benchSweeps, month: benchMonth, 'cold-start': benchColdStart, days: benchDays };

const [name, ...options] = process.argv.slice(2);
if (name === undefined) for (const bench of Object.values(BENCHES)) await bench();
else if (isBench(name)) await BENCHES[name](options);
else throw new RangeError(`"${name}" is no benchmark; give one of ${Object.keys(BENCHES).join(', ')}`);

function isBench(text: string): text is keyof typeof BENCHES {
  return Object.hasOwn(BENCHES, text);
}
