import { seededRandom } from '../emulator/random.ts';
import { READ_RATE, WRITE_RATE } from '../lambda/device-farm/retry.ts';
import type { PolicyInput } from '../lambda/policy/schema.ts';
import { isRecord } from '../lambda/text.ts';
import { HOUR, MINUTE, SECOND } from '../lambda/time.ts';
import { openAutoStop } from '../test/support/local-auto-stop.ts';
import { printTable } from './print-table.ts';

const LIMIT = 60;
/** Minutes after which Device Farm ends a job by default. */
const NATIVE_TIMEOUT = 150;
const PRICE = 0.17;
const JOBS = 200;
const HOURS = 12;
const POLICY: Partial<PolicyInput> = {
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: LIMIT }],
  safety: { maxStopsPerHour: 1_000, breaker: { percentOfActive: 100 } },
};

/** Minutes billed beyond the limit: of jobs that hang, by who stops them. */
export async function benchLimits(): Promise<void> {
  const starts = begins();
  const rows = [
    measured(
      'no tool: the native timeout of 150 minutes (model)',
      starts.map(() => NATIVE_TIMEOUT - LIMIT),
    ),
    measured(
      'a guard on billing data of 24 hours ago (model)',
      starts.map(() => NATIVE_TIMEOUT - LIMIT),
    ),
    measured(
      'a guard on billing data of 8 hours ago (model)',
      starts.map(() => NATIVE_TIMEOUT - LIMIT),
    ),
    measured(
      'a script that runs every hour (model)',
      starts.map((at) => untilNext(at + LIMIT * MINUTE, HOUR) + 0.5),
    ),
  ];
  const calls: string[][] = [];
  for (const interval of [15, 5, 1])
    for (const ahead of [false, true]) {
      const what = `AutoStop, sweeps of ${interval} min, ${ahead ? 'limits at their moment' : 'sweeps only'}`;
      const { overshoot, delays, perHour } = await live(starts, interval, ahead);
      rows.push(measured(what, overshoot, delays));
      calls.push([what, ...perHour.map((count) => count.toFixed(0))]);
    }
  printTable(`Billed beyond a limit of ${LIMIT} minutes: ${JOBS} jobs that hang, begun over ${HOURS} hours`, [
    ['who stops', 'p50 min', 'p99 min', 'worst min', 'money', 'ratio', 'p99 asked after'],
    ...rows.map((row) => [
      ...row.slice(0, 5),
      (Number(row[4]?.slice(1)) / Number(rows[0]?.[4]?.slice(1))).toFixed(3),
      row[5] ?? '',
    ]),
  ]);
  console.log(
    '  money: of all jobs together. ratio: against no tool. asked after: from the limit to the StopJob request. Minutes\n' +
      '  include the teardown of half a minute that the emulator takes after a stop. The models are arithmetic: a guard on\n' +
      '  billing data learns of a job when it has ended.',
  );
  printTable('What that asks of AWS, in an hour', [
    ['who stops', 'Device Farm', 'DynamoDB', 'SQS messages'],
    ...calls,
  ]);
  await benchMany();
}

/** Jobs begin at random, whatever the schedule. */
function begins(): readonly number[] {
  const random = seededRandom(7);
  return Array.from({ length: JOBS }, () => Math.floor(random() * HOURS * HOUR)).toSorted((a, b) => a - b);
}

function untilNext(at: number, every: number): number {
  return (Math.ceil(at / every) * every - at) / MINUTE;
}

async function live(starts: readonly number[], intervalMinutes: number, ahead: boolean) {
  const auto = await openAutoStop({
    isFast: true,
    policy: POLICY,
    ...(ahead && { intervalMinutes }),
    emulator: { pageSize: 100, keptRequests: 1_000_000 },
  });
  try {
    const { clock, emulator, queue } = auto;
    const begin = clock.now();
    const project = emulator.addProject({ name: 'mobile' });
    const jobs: string[] = [];
    let [next, sent] = [0, 0];
    const hangs = [{ testMinutes: Number.POSITIVE_INFINITY }];
    while (clock.now() < begin + (HOURS + 2) * HOUR) {
      const until = clock.now() + intervalMinutes * MINUTE;
      for (; next < starts.length && begin + (starts[next] ?? 0) <= clock.now(); next += 1)
        jobs.push(
          ...emulator.addRun({
            project,
            name: `run-${next}`,
            created: begin + (starts[next] ?? 0),
            jobs: hangs,
          }).jobs,
        );
      await auto.sweep();
      sent += queue.waiting.length;
      await auto.deliverCrossings(until);
    }
    const stops = new Map(
      emulator.requests
        .filter(({ operation }) => operation.startsWith('Stop'))
        .map(({ input, at }) => [String(input.arn), at]),
    );
    const hours = HOURS + 2;
    return {
      overshoot: jobs.map((arn) => minutesOf(emulator.show(arn)) - LIMIT),
      delays: jobs.map(
        (arn, index) => (stops.get(arn) ?? Number.NaN) - begin - (starts[index] ?? 0) - LIMIT * MINUTE,
      ),
      perHour: [emulator.requests.length / hours, auto.tables.calls.length / hours, sent / hours],
    };
  } finally {
    auto.close();
  }
}

function minutesOf(job: unknown): number {
  const { started, stopped } = isRecord(job) ? job : {};
  return ((Number(stopped) - Number(started)) * SECOND) / MINUTE;
}

function measured(what: string, minutes: readonly number[], delays?: readonly number[]): string[] {
  const money = minutes.reduce((sum, one) => sum + one, 0) * PRICE;
  const figures = [at(minutes, 0.5), at(minutes, 0.99), at(minutes, 1)].map((one) => one.toFixed(2));
  return [
    what,
    ...figures,
    `$${money.toFixed(2)}`,
    delays ? `${(at(delays, 0.99) / SECOND).toFixed(1)} s` : '',
  ];
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * Seconds that the rates of the APIs allow at least. Jobs are listed, the tags of their runs are read, and each job is read again before
 * its stop. Lists and gets have half of their rate, so that CI gets the rest; tags have all of it. Each bucket is full at first.
 */
function leastSeconds(runs: number, jobs: number, stopCalls: number): number {
  const { burst, perSecond } = READ_RATE;
  const halfRate = (calls: number) => Math.max(0, calls - burst / 2) / (perSecond / 2);
  const tags = Math.max(0, runs + 1 - burst) / perSecond;
  const stops = Math.max(0, stopCalls - WRITE_RATE.burst) / WRITE_RATE.perSecond;
  return halfRate(runs) + tags + Math.max(stops, halfRate(jobs));
}

/** Virtual seconds until 250 jobs that are over at once have been asked to stop, against the least that the rates allow. */
async function benchMany(): Promise<void> {
  const rows: string[][] = [];
  for (const perRun of [1, 5]) {
    const auto = await openAutoStop({
      isFast: true,
      policy: POLICY,
      intervalMinutes: 5,
      emulator: { pageSize: 100, keptRequests: 1_000_000 },
    });
    try {
      const { clock, emulator } = auto;
      const project = emulator.addProject({ name: 'mobile' });
      const jobs = Array.from({ length: perRun }, () => ({ testMinutes: Number.POSITIVE_INFINITY }));
      for (let run = 0; run < 250 / perRun; run += 1)
        emulator.addRun({ project, name: `run-${run}`, created: clock.now() - 70 * MINUTE, jobs });
      const begin = clock.now();
      const asked = () =>
        emulator.requests.filter(({ operation, changed }) => operation.startsWith('Stop') && changed);
      for (let sweeps = 0; sweeps < 5 && (await auto.sweep()).stopped.length > 0; sweeps += 1)
        await auto.deliverCrossings(begin + (sweeps + 1) * 5 * MINUTE);
      const calls = asked();
      const seconds = ((calls.at(-1)?.at ?? Number.NaN) - begin) / SECOND;
      const perApi = ['StopJob', 'StopRun'].map(
        (name) => calls.filter(({ operation }) => operation === name).length,
      );
      const least = leastSeconds(250 / perRun, 250, Math.max(...perApi));
      rows.push([
        `${250 / perRun} runs of ${perRun}`,
        String(calls.length),
        seconds.toFixed(1),
        least.toFixed(1),
        (seconds / least).toFixed(2),
      ]);
    } finally {
      auto.close();
    }
  }
  printTable('250 jobs over at once', [['work', 'stop calls', 'virtual s', 'least s', 'ratio'], ...rows]);
  console.log(
    '  least: what the rates allow. Lists and gets take a burst of 25, then 5 a second, which leaves CI as much; tags 50 and 10;\n' +
      '  each stop API 10 and 1. Jobs are listed and tags read before the first stop, and each job is read again before its own.',
  );
}
