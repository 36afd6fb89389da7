import type { PastRun } from '../cli/history.ts';
import { replay } from '../cli/replay.ts';
import { seededRandom } from '../emulator/random.ts';
import { parsePolicy } from '../lambda/policy/load.ts';
import { DAY, MINUTE, SECOND } from '../lambda/time.ts';
import { printTable } from './print-table.ts';

const SIZES = [1_000, 10_000] as const;
const DAYS = 90;
const BEGIN = Date.UTC(2026, 7, 1);
const PREFIX = 'arn:aws:devicefarm:us-west-2:123456789012';

const policy = parsePolicy({
  version: 1,
  rules: [
    { id: 'long', type: 'job-duration', maxMinutes: 60 },
    { id: 'wide', type: 'run-minutes', maxMinutes: 400 },
    { id: 'old', type: 'superseded', key: 'pr-{key}-{number}' },
    { id: 'slow', type: 'elastic', percent: 300 },
    {
      id: 'month',
      type: 'budget',
      period: 'month',
      limit: { usd: 100_000 },
      thresholds: [{ percent: 100, action: 'stop-all' }],
    },
  ],
});

/** CPU and memory of a backtest of 90 days, against one of a tenth of the runs. */
export function benchBacktest(): void {
  const rows = SIZES.map((size) => {
    const history = historyOf(size);
    const [cpu, memory] = [process.cpuUsage(), process.memoryUsage().rss];
    const stops = replay(history, policy);
    const { user, system } = process.cpuUsage(cpu);
    const grown = Math.max(memory, process.memoryUsage().rss) / 2 ** 20;
    return { size, seconds: (user + system) / 1e6, memory: grown, stops: stops.length };
  });
  const [base] = rows;
  printTable(`A backtest of ${DAYS} days under a policy of ${policy.rules.length} rules`, [
    ['runs', 'CPU s', 'ratio', 'memory MiB', 'stops'],
    ...rows.map(({ size, seconds, memory, stops }) => [
      String(size),
      seconds.toFixed(1),
      (seconds / (base?.seconds ?? Number.NaN)).toFixed(1),
      memory.toFixed(0),
      String(stops),
    ]),
  ]);
  console.log('  baseline: a tenth of the runs. memory: of this process, resident.');
}

function historyOf(count: number): readonly PastRun[] {
  const random = seededRandom(3);
  return Array.from({ length: count }, (_, index) => {
    const project = { arn: `${PREFIX}:project:p${index % 20}`, name: `team-${index % 20}` };
    const created = BEGIN + Math.floor(random() * DAYS) * DAY + Math.floor(random() * 86_400) * SECOND;
    const arn = `${PREFIX}:run:p${index % 20}/r${index}`;
    const facts = { created, counters: {}, status: 'COMPLETED' };
    const jobs = [0, 1, 2].map((job) => {
      const started = created + random() * 5 * MINUTE;
      const stopped = started + (random() < 0.02 ? 150 : 10 + random() * 40) * MINUTE;
      return {
        ...facts,
        arn: `${arn.replace(':run:', ':job:')}/0000${job}`,
        name: 'job',
        device: `device ${job}`,
        result: 'PASSED',
        started,
        stopped,
        privateDevice: false,
        testCounters: {},
      };
    });
    const name = index % 2 === 0 ? 'nightly' : `pr-${index % 500}-${index}`;
    return {
      project,
      run: { ...facts, arn, name, billing: 'metered', platform: 'ANDROID', testType: 'APPIUM_NODE' },
      jobs,
    } satisfies PastRun;
  });
}
