import type { StoredAuditRecord } from '../lambda/core/audit-record.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';
import { DeviceFarmEmulator } from '../emulator/emulator.ts';
import { deploy } from './aws/deploy.ts';
import type { Deployment } from './aws/deployment.ts';
import { VirtualClock } from '../emulator/virtual-clock.ts';
import { checkDay, type Finding } from './check-day.ts';
import { billedSince, excerptText, findingsText, totalsText } from './closing-screen.ts';
import { checkMoney } from './check-money.ts';
import { type DayOfWork, HOURS, seedDay } from './day-of-work.ts';
import { orderStop, readTrail } from './from-outside.ts';
import { moneyText } from './money-text.ts';
import type { Page } from './page.ts';
import { prepared } from './prepared.ts';
import { Showing } from './showing.ts';
import { commands, introduction } from './start-screen.ts';
import { stayUp } from './stay-up.ts';

const MINUTE = 60_000;

export interface DemoOptions {
  readonly page: Page;
  /** File of the policy. */
  readonly policyFile: string;
  /** Beginning of the day that is shown, in UTC; epoch milliseconds. */
  readonly midnight: number;
  /** Keep sweeping after the day until the signal is aborted. */
  readonly stay: boolean;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
}

/**
 * Shows the guard at work. Resolves with whether the day went as it should; leaves no process, port or file.
 * @throws the signal's reason when it was ended early
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { page, policyFile, signal } = options;
  page.write(introduction(page));
  page.write('Building the functions and synthesising the stack ...\n');
  return prepared(policyFile, async (directory) => {
    signal.throwIfAborted();
    const clock = new VirtualClock(options.midnight + HOURS.from * MINUTE);
    const emulator = new DeviceFarmEmulator({ now: clock.now });
    const deployment = await deploy({ directory, clock, deviceFarm: emulator });
    try {
      return await showDay({ ...options, clock, emulator, deployment });
    } finally {
      await deployment.close();
    }
  });
}

interface Stage extends DemoOptions {
  readonly clock: VirtualClock;
  readonly emulator: DeviceFarmEmulator;
  readonly deployment: Deployment;
}

async function showDay(stage: Stage): Promise<boolean> {
  const { page, policyFile, midnight, clock, emulator, deployment, stay, signal } = stage;
  const day = seedDay(emulator, midnight);
  const unguarded = new DeviceFarmEmulator({ now: clock.now });
  seedDay(unguarded, midnight);
  const date = new Date(midnight).toISOString().slice(0, 10);
  page.write(`\n${commands(page, deployment, date, day.yours, stay)}`);
  const pricePerMinute = policyFromFile(policyFile).pricePerMeteredMinute;
  const showing = new Showing({ page, clock, emulator, deployment, pricePerMinute });
  await sweepThroughDay(stage, day, showing);
  const { calls } = deployment;
  const { sweeps, latest } = showing;
  page.write(totalsText(page, { sweeps, calls, emulator, unguarded, pricePerMinute, midnight }));
  const records = await readTrail(deployment, date);
  page.write(moneyText(page, { date, latest, records }));
  page.write(excerptText(page, ofTheHungJob(records, day)));
  const findings = [
    ...checkDay(day.expected, { emulator, calls, records }),
    ...checkMoney(latest, billedSince(emulator, midnight).metered * pricePerMinute),
    smooth(showing.failures),
  ];
  page.write(findingsText(page, findings));
  if (stay) await stayUp({ page, deployment, day, showing, signal });
  return findings.every(({ but }) => but === undefined);
}

async function sweepThroughDay(stage: Stage, day: DayOfWork, showing: Showing): Promise<void> {
  const { page, midnight, clock, deployment, signal } = stage;
  const until = midnight + HOURS.until * MINUTE;
  page.write(`The morning of ${new Date(midnight).toISOString().slice(0, 10)}, in UTC:\n\n`);
  let ordered = false;
  while (deployment.nextTickAt <= until) {
    signal.throwIfAborted();
    if (!ordered && day.manual.at < deployment.nextTickAt) {
      ordered = true;
      await clock.sleepUntil(day.manual.at);
      await orderStop(deployment, day.manual.target);
      showing.between();
    }
    await showing.sweep();
  }
}

function ofTheHungJob(
  records: readonly StoredAuditRecord[],
  { expected }: DayOfWork,
): readonly StoredAuditRecord[] {
  const hung = expected.find(({ stoppedBy }) => stoppedBy === 'long-jobs')?.arns[0];
  return records.filter(({ subject }) => subject === hung).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function smooth(failures: readonly string[]): Finding {
  const promise = 'no sweep failed or missed anything';
  return failures.length === 0 ? { promise } : { promise, but: failures.join('; ') };
}
