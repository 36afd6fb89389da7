import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { StoredAuditRecord } from '../../lambda/core/audit-record.ts';
import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import type { SweepSummary } from '../../lambda/core/report/sweep-summary.ts';
import { AutoStopStack } from '../../lib/auto-stop-stack.ts';
import { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { EmulatorOptions } from '../../emulator/options.ts';
import { deploy } from '../../demo/aws/deploy.ts';
import type { Deployment } from '../../demo/aws/deployment.ts';
import type { Invocation } from '../../demo/aws/lambda-function.ts';
import { VirtualClock } from '../../emulator/virtual-clock.ts';
import { openTables } from './open-tables.ts';

export const START = Date.UTC(2026, 10, 23, 12);
export const MINUTE = 60_000;

export interface Guard {
  readonly clock: VirtualClock;
  readonly emulator: DeviceFarmEmulator;
  readonly deployment: Deployment;
  readonly template: Readonly<Record<string, unknown>>;
  /** One sweep through its bundle. Fails the test when the function fails. */
  sweep(): Promise<SweepSummary>;
  /** Publishes to the manual-stop topic and waits until nothing works on it. Returns the message id. */
  publish(message: string | Readonly<Record<string, unknown>>): Promise<string>;
  /** All audit records, in no order. */
  trail(): Promise<readonly StoredAuditRecord[]>;
  /** Empties the state table, as though it had been lost. */
  loseState(): Promise<void>;
  /** Leaves no process, port or file. */
  close(): Promise<void>;
}

/** Synthesises the stack with this policy and deploys it on this machine. Whoever calls this calls `close`. */
export async function startGuard(
  policy: PolicyInput,
  options: Partial<EmulatorOptions> = {},
): Promise<Guard> {
  const clock = new VirtualClock(START);
  const emulator = new DeviceFarmEmulator({ now: clock.now, ...options });
  const directory = mkdtempSync(join(tmpdir(), 'guard-'));
  // The template is validated where it is synthesised for real; here it would take most of the time.
  const app = new App({
    outdir: directory,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
  new AutoStopStack(app, 'Guard', { policy });
  const template = app.synth().getStackByName('Guard').template;
  const deployment = await deploy({ directory, clock, deviceFarm: emulator });
  const tables = openTables(deployment);
  return {
    clock,
    emulator,
    deployment,
    template,
    sweep: async () => summaryOf(await deployment.invoke(deployment.outputs.SweepFunctionName ?? '')),
    publish: async (message) => {
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      const id = await tables.publish(deployment.outputs.ManualStopTopicArn ?? '', text);
      await deployment.settle();
      return id;
    },
    trail: () => tables.allOf(deployment.outputs.AuditTableName ?? ''),
    loseState: () => tables.empty(deployment.outputs.StateTableName ?? ''),
    async close() {
      tables.close();
      await deployment.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function summaryOf({ result, error, logs }: Invocation): SweepSummary {
  if (error) throw new Error(`the sweep failed: ${JSON.stringify(error)}\n${logs.join('\n')}`);
  return result as SweepSummary;
}
