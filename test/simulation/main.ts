import { parseArgs } from 'node:util';
import { badInput } from './bad-input.ts';
import { runSeed } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    'bad-input': { type: 'string' },
  },
});
const [seeds, from] = [Number(values.seeds), Number(values.from)];
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from) || from < 0)
  throw new RangeError(
    `--seeds is ${values.seeds}, --from is ${values.from}; give whole numbers, at least 1 and 0`,
  );

if (values['bad-input'] !== undefined) {
  const tried = await badInput(Number(values['bad-input']), from);
  for (const { kind, count, slowest, faults } of tried) {
    console.log(`${count} ${kind}: slowest ${slowest.toFixed(1)} ms, ${faults.length} faults`);
    for (const fault of faults.slice(0, 5)) console.log(`  ${fault}`);
  }
  process.exit(tried.some(({ faults }) => faults.length > 0) ? 1 : 0);
}

const start = performance.now();
const rate = (done: number) => ((done / (performance.now() - start)) * 1_000).toFixed(1);
let failing = 0;
for (let seed = from; seed < from + seeds; seed += 1) {
  const { violations, trace } = await runSeed(seed);
  if (values.trace) console.log(trace.join('\n'));
  if (violations.length > 0) {
    failing += 1;
    console.log(`seed ${seed}: ${violations.length} violations`);
    for (const violation of violations.slice(0, 5)) console.log(`  ${violation}`);
    console.log(`  again: npm run simulate -- --seeds 1 --from ${seed} --trace`);
  }
  const done = seed - from + 1;
  if (done % 1_000 === 0)
    console.log(`${done} of ${seeds} seeds, ${rate(done)} a second, ${failing} with violations`);
}
console.log(`${seeds} seeds from ${from}, ${rate(seeds)} a second, ${failing} with violations`);
process.exitCode = failing === 0 ? 0 : 1;
