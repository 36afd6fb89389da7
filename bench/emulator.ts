import { DeviceFarmEmulator } from '../emulator/emulator.ts';
import type { JsonObject } from '../emulator/json.ts';
import { printTable } from './print-table.ts';

const START = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;
const REQUESTS = 300;

interface Case {
  readonly operation: string;
  readonly what: string;
  readonly input: JsonObject;
  readonly emulator: DeviceFarmEmulator;
}

/** Requests a second in this process, at a size that a test has and at one that a load test has. */
export async function benchEmulator(): Promise<void> {
  const pairs: readonly (readonly [Case, Case])[] = [
    [withRuns(1_000), withRuns(100_000)],
    [withQueue(100), withQueue(10_000)],
  ];
  const rows: string[][] = [];
  for (const [small, large] of pairs) {
    const [base, rate] = [await rateOf(small), await rateOf(large)];
    rows.push([small.operation, small.what, base.toFixed(0), '1.00']);
    rows.push([large.operation, large.what, rate.toFixed(0), (rate / base).toFixed(2)]);
  }
  printTable(`The emulator: requests a second, ${REQUESTS} requests of each kind`, [
    ['operation', 'beside', 'requests/s', 'ratio'],
    ...rows,
  ]);
}

function withRuns(count: number): Case {
  const emulator = new DeviceFarmEmulator({ now: () => START, throttle: false });
  const project = emulator.addProject();
  for (let index = 0; index < count; index += 1)
    emulator.addRun({ project, created: START - index * MINUTE, jobs: [{ testMinutes: 5 }] });
  return { operation: 'ListRuns', what: `${count} runs`, input: { arn: project }, emulator };
}

function withQueue(count: number): Case {
  const emulator = new DeviceFarmEmulator({ now: () => START, throttle: false });
  const project = emulator.addProject();
  for (let index = 0; index < count; index += 1)
    emulator.addRun({ project, schedule: 'slots', jobs: [{ testMinutes: 5 }] });
  const input = {
    projectArn: project,
    deviceSelectionConfiguration: { maxDevices: 1 },
    test: { type: 'APPIUM_NODE' },
  };
  return { operation: 'ScheduleRun', what: `${count} queued jobs`, input, emulator };
}

/** After a first request, which may work out what later ones use again. */
async function rateOf({ operation, input, emulator }: Case): Promise<number> {
  const headers = { 'X-Amz-Target': `DeviceFarm_20150623.${operation}` };
  const ask = () => emulator.handle({ headers, body: JSON.stringify(input) });
  await ask();
  const start = performance.now();
  for (let index = 0; index < REQUESTS; index += 1) await ask();
  return (REQUESTS / (performance.now() - start)) * 1_000;
}
