import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { badInput } from './bad-input.ts';
import { runSeed } from './simulate.ts';

/** Seeds for which another process is worth its start. */
const LEAST_PART = 50;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    cores: { type: 'string', default: String(availableParallelism()) },
    trace: { type: 'boolean', default: false },
    'bad-input': { type: 'string' },
  },
});
const [seeds, from, cores] = [Number(values.seeds), Number(values.from), Number(values.cores)];
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from) || from < 0)
  throw new RangeError(
    `--seeds is ${values.seeds}, --from is ${values.from}; give whole numbers, at least 1 and 0`,
  );
if (!Number.isInteger(cores) || cores < 1)
  throw new RangeError(`--cores is ${values.cores}; give a whole number, at least 1`);

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
const parts = values.trace ? 1 : Math.min(cores, Math.ceil(seeds / LEAST_PART));
if (parts > 1) {
  const firstOf = (part: number) => from + Math.floor((seeds * part) / parts);
  const codes = await Promise.all(
    Array.from({ length: parts }, (_, part) => runPart(firstOf(part), firstOf(part + 1) - firstOf(part))),
  );
  const isGood = codes.every((code) => code === 0);
  console.log(`all ${seeds} seeds, ${rate(seeds)} a second, ${isGood ? 'no' : 'some'} violations`);
  process.exit(isGood ? 0 : 1);
}
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

/** Some of the seeds in a process of their own, which prints what it finds. Gives its exit code. */
function runPart(from: number, seeds: number): Promise<number | null> {
  const part = fork(import.meta.filename, ['--from', String(from), '--seeds', String(seeds), '--cores', '1']);
  return new Promise((resolve) => part.once('exit', resolve));
}
