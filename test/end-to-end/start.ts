import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { App } from 'aws-cdk-lib';
import type { LocalInvocation } from '../../demo/aws/lambda-function.ts';
import { LocalAws } from '../../demo/aws/local-aws.ts';
import { readStack } from '../../demo/aws/template.ts';
import { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import { VirtualClock } from '../../emulator/virtual-clock.ts';
import { POLICY_FILE } from '../../lambda/env.ts';
import type { StoredAuditRecord } from '../../lambda/model.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import type { SweepSummary } from '../../lambda/sweep/report.ts';
import { AutoStopStack } from '../../lib/auto-stop-stack.ts';

export const START = Date.UTC(2026, 10, 23, 12);
export const MINUTE = 60_000;
export const ACCOUNT = '123456789012';

const STACK = 'AutoStop';
const NOTHING_IDLE = {
  unmeteredAutomation: { ANDROID: 0, IOS: 0 },
  unmeteredRemoteAccess: { ANDROID: 0, IOS: 0 },
};

export type Deployed = Awaited<ReturnType<typeof start>>;

export interface DeployOptions extends Partial<ConstructorParameters<typeof DeviceFarmEmulator>[0]> {
  /** Deliveries after which an order is given up. @default what the template says: 27 hours of them */
  readonly maxReceiveCount?: number;
}

/** Deploys the stack with this policy on this machine: its template, its bundles, no IAM. The caller calls `close`. */
export async function start(policy: PolicyInput, { maxReceiveCount, ...options }: DeployOptions = {}) {
  const clock = new VirtualClock(START);
  const emulator = new DeviceFarmEmulator({ slots: NOTHING_IDLE, ...options, now: clock.now });
  const temporary = mkdtempSync(join(tmpdir(), 'auto-stop-'));
  const synthesised = (one: PolicyInput, into: string) => synthesise(one, join(temporary, into));
  const directory = synthesised(policy, 'first');
  if (maxReceiveCount !== undefined) giveUpAfter(maxReceiveCount, directory);
  const aws = await LocalAws.start({ directory, stackName: STACK, clock, emulator });
  const [tables, topics] = [new DynamoDBClient(aws.client), new SNSClient(aws.client)];
  const scan = (output: string) => scanTable(tables, aws.plan.output(output));
  return {
    clock,
    emulator,
    aws,
    /** The cloud assembly that was deployed. */
    directory,
    /** One sweep through its bundle, now. Fails the test when the function fails. */
    sweep: async () => summaryOf(await aws.invoke('SweepFunctionName')),
    /** Sweeps every five minutes, beginning now, for so long. */
    sweepFor: async (minutes: number) => {
      const summaries: SweepSummary[] = [];
      for (let passed = 0; passed < minutes; passed += 5) {
        summaries.push(summaryOf(await aws.invoke('SweepFunctionName')));
        await clock.sleep(5 * MINUTE);
      }
      return summaries;
    },
    /** Publishes to the manual-stop topic and waits until nothing works on it. Returns the message id. */
    publish: async (message: string | Readonly<Record<string, unknown>>) => {
      const Message = typeof message === 'string' ? message : JSON.stringify(message);
      const TopicArn = aws.plan.output('ManualStopTopicArn');
      const { MessageId = '' } = await topics.send(new PublishCommand({ TopicArn, Message }));
      await aws.settle();
      return MessageId;
    },
    /** All audit records, in no order. */
    trail: async () => (await scan('AuditTableName')).map((item) => unmarshall(item) as StoredAuditRecord),
    /** Subjects and texts of the mails. */
    mails: () =>
      aws.topics.messages.filter(({ topicArn }) => topicArn === aws.plan.output('NotificationTopicArn')),
    orders: () =>
      aws.invocations.filter(
        ({ functionName }) => functionName === aws.plan.output('ManualStopFunctionName'),
      ),
    /** Empties the state table, as though it had been lost. */
    loseState: async () => {
      const TableName = aws.plan.output('StateTableName');
      for (const { pk = { S: '' }, sk = { S: '' } } of await scan('StateTableName'))
        await tables.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
    },
    /** Deploys another policy over this one: new containers with another file beside the same bundles. */
    deployPolicy: async (next: PolicyInput) => {
      const { functions } = readStack(synthesised(next, 'next'), STACK);
      for (const { name, directory } of functions) {
        const target = aws.plan.functions.find((one) => one.name === name)?.directory ?? '';
        copyFileSync(join(directory, POLICY_FILE), join(target, POLICY_FILE));
      }
      await aws.killContainers('SweepFunctionName');
      await aws.killContainers('ManualStopFunctionName');
    },
    /** Leaves no process, port or file. */
    close: async () => {
      tables.destroy();
      topics.destroy();
      await aws.close();
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}

function synthesise(policy: PolicyInput, outdir: string): string {
  // The template is validated where it is synthesised for real; here that would take most of the time.
  const app = new App({ outdir, analyticsReporting: false, builtinCloudFormationValidation: false });
  new AutoStopStack(app, STACK, { policy });
  app.synth();
  return outdir;
}

function giveUpAfter(count: number, directory: string): void {
  const file = join(directory, `${STACK}.template.json`);
  const template = readFileSync(file, 'utf8');
  writeFileSync(file, template.replace(/"maxReceiveCount": \d+/, `"maxReceiveCount": ${count}`));
}

function summaryOf({ result, error, logs }: LocalInvocation): SweepSummary {
  if (error) throw new Error(`the sweep failed: ${JSON.stringify(error)}\n${logs.join('\n')}`);
  return result as SweepSummary;
}

async function scanTable(client: DynamoDBClient, TableName: string) {
  const items: Record<string, AttributeValue>[] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const scan = new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey: from });
    const page = await client.send(scan);
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from);
  return items;
}
