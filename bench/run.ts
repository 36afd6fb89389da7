import { benchBacktest } from './backtest.ts';
import { benchColdStart } from './cold-start.ts';
import { benchCost } from './cost.ts';
import { benchDecisions } from './decisions.ts';
import { benchEmulator } from './emulator.ts';
import { benchGrowth } from './growth.ts';
import { benchLimits } from './limits.ts';
import { benchMonth } from './month.ts';
import { benchSweeps } from './sweeps.ts';

const BENCHES = {
  'cold-start': benchColdStart,
  sweeps: benchSweeps,
  cost: benchCost,
  growth: benchGrowth,
  emulator: benchEmulator,
  decisions: benchDecisions,
  backtest: benchBacktest,
  limits: benchLimits,
  month: benchMonth,
} as const;

const [name] = process.argv.slice(2);
if (name === undefined) for (const bench of Object.values(BENCHES)) await bench();
else if (isBench(name)) await BENCHES[name]();
else throw new RangeError(`"${name}" is no benchmark; give one of ${Object.keys(BENCHES).join(', ')}`);

function isBench(text: string): text is keyof typeof BENCHES {
  return Object.hasOwn(BENCHES, text);
}
