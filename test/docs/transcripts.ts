import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { policyFromText } from '../../lambda/policy/load.ts';
import { deployed, MINUTE, runAutostop, withAlarms, writePolicy } from '../cli/support.ts';

/** What each command of docs/command-line.md prints for a day of work on this machine and this policy. */
export async function transcripts(policy: string): Promise<ReadonlyMap<string, string>> {
  const auto = await deployed(policyFromText(policy, 'docs/command-line.md'));
  await withAlarms(auto, []);
  const [job, other] = seedWork(auto);
  const file = writePolicy(policy);
  const env = { npm_command: 'exec', XDG_CACHE_HOME: temporary() };
  const run = async (...args: string[]) => {
    const sleep = (ms: number) => auto.clock.sleep(ms);
    const ran = await runAutostop(args, { now: auto.clock.now, sleep, env, width: 110 });
    return alike((ran.err + ran.out).replaceAll(file, 'policy.yaml'));
  };
  const printed = new Map([
    ['plan', await run('plan', '--policy', file)],
    ['policy check policy.yaml', await run('policy', 'check', file)],
  ]);
  await auto.sweep();
  const stop = `stop ${other} --reason "wrong branch"`;
  printed.set(stop, await run('stop', other, '--reason', 'wrong branch'));
  printed.set('doctor', await run('doctor', '--policy', file));
  printed.set('status', await run('status', '--policy', file));
  await auto.aws.settle();
  printed.set(`audit --arn ${job}`, await run('audit', '--arn', job));
  auto.clock.advance(10 * MINUTE);
  await auto.sweep();
  printed.set('savings', await run('savings'));
  seedHistory(auto);
  printed.set('backtest --days 14', await run('backtest', '--days', '14', '--policy', file));
  printed.set('suggest --days 14', await run('suggest', '--days', '14'));
  for (let count = 0; count < 3; count += 1) {
    await auto.clock.sleep(10 * MINUTE);
    await auto.sweep();
  }
  return printed.set('report', await run('report', '--policy', file));
}

/** Work of every kind; returns the ARNs of a job that is over and of one that is not. */
export function seedWork({
  emulator,
  clock,
}: Awaited<ReturnType<typeof deployed>>): readonly [string, string] {
  const ago = (minutes: number) => clock.now() - minutes * MINUTE;
  const mobile = emulator.addProject({ name: 'mobile-android' });
  const web = emulator.addProject({ name: 'web-shop', defaultJobTimeoutMinutes: 60 });
  const runaway = emulator.addRun({
    project: mobile,
    name: 'nightly-412',
    created: ago(75),
    jobs: [
      { device: 'Google Pixel 8', testMinutes: 140 },
      { device: 'Samsung Galaxy S23', testMinutes: 140, startAfterMinutes: 30 },
    ],
  });
  emulator.addRun({ project: mobile, name: 'release-7.2', created: ago(100), jobs: [{ testMinutes: 140 }] });
  emulator.addRun({
    project: web,
    name: 'soak',
    billingMethod: 'UNMETERED',
    jobTimeoutMinutes: 150,
    created: ago(90),
    jobs: [{ device: 'Google Pixel 7', testMinutes: 140 }],
  });
  const waiting = { device: 'Google Pixel 6', status: 'PENDING_CONCURRENCY' } as const;
  emulator.addRun({ project: web, name: 'pr-88', created: ago(200), jobs: [waiting] });
  emulator.addSession({ project: web, name: 'looking at a bug', created: ago(20), device: 'Google Pixel 8' });
  const [job = '', other = ''] = runaway.jobs;
  return [job, other];
}

/** A week of runs that have ended: most pass, one hangs until its timeout, one is slow and passes. */
export function seedHistory({ emulator, clock }: Awaited<ReturnType<typeof deployed>>): void {
  const project = emulator.addProject({ name: 'checkout' });
  for (let night = 1; night <= 7; night += 1) {
    const created = clock.now() - night * 1_440 * MINUTE;
    const testMinutes = night === 3 ? Number.POSITIVE_INFINITY : 20 + night;
    emulator.addRun({ project, name: `nightly-${night}`, created, jobs: [{ testMinutes }] });
    emulator.addRun({
      project,
      name: `soak-${night}`,
      created,
      jobs: [{ testMinutes: night === 5 ? 70 : 40 }],
    });
  }
}

/** A directory until the test ends. */
function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'auto-stop-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** What differs from run to run, in one form: message ids, the time within the first minutes. */
function alike(text: string): string {
  return text
    .replace(/message [0-9a-f-]{36}/g, 'message 00000000-0000-0000-0000-000000000000')
    .replace(/12:0\d:\d\d\.\d{3}/g, '12:00:00.000');
}
