import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { LocalAws } from '../../../demo/aws/local-aws.ts';
import { DeviceFarmEmulator } from '../../../emulator/emulator.ts';
import { VirtualClock } from '../../../emulator/virtual-clock.ts';

export const START = Date.UTC(2026, 10, 23, 8);
export const MINUTE = 60_000;

type Json = Readonly<Record<string, unknown>>;

/** A directory for one test, gone after it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Modules of the two functions, and properties that replace those of a resource, by its logical id. */
export interface TinyStack {
  readonly sweep?: string;
  readonly orders?: string;
  readonly properties?: Readonly<Record<string, Json>>;
}

/** Starts a stack with the same parts as AutoStop's and functions of one's own, until the test ends. */
export async function startTiny(tiny: TinyStack) {
  const clock = new VirtualClock(START);
  const emulator = new DeviceFarmEmulator({ now: clock.now });
  const directory = await writeTiny(tiny);
  const aws = await LocalAws.start({ directory, stackName: 'Tiny', clock, emulator });
  onTestFinished(() => aws.close());
  return { aws, clock, emulator };
}

async function writeTiny({ sweep, orders, properties = {} }: TinyStack): Promise<string> {
  const directory = temporaryDirectory();
  const idle = 'export const handler = async () => {};';
  for (const [name, source = idle] of [
    ['sweep', sweep],
    ['orders', orders],
  ] as const) {
    await mkdir(join(directory, `asset.${name}`));
    writeFileSync(join(directory, `asset.${name}`, 'index.mjs'), source);
  }
  const changed = Object.entries(RESOURCES).map(([id, { Type, Properties }]) => [
    id,
    { Type, Properties: { ...Properties, ...properties[id] } },
  ]);
  const template = { Resources: Object.fromEntries(changed), Outputs: OUTPUTS };
  writeFileSync(join(directory, 'Tiny.template.json'), JSON.stringify(template));
  return directory;
}

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const lambda = (asset: string) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Key: `${asset}.zip` },
    Handler: 'index.handler',
    Timeout: 60,
    MemorySize: 512,
    Role: arn('Role'),
    Environment: { Variables: { TABLE: { Ref: 'Table' }, TOPIC: { Ref: 'Notifications' } } },
  },
});

const RESOURCES: Readonly<Record<string, { Type: string; Properties?: Json }>> = {
  Sweep: lambda('sweep'),
  Orders: lambda('orders'),
  Role: { Type: 'AWS::IAM::Role' },
  Policy: {
    Type: 'AWS::IAM::Policy',
    Properties: {
      Roles: [{ Ref: 'Role' }],
      PolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: arn('Table') }],
      },
    },
  },
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      AttributeDefinitions: ['pk', 'sk', 'day'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byDay',
          KeySchema: [{ AttributeName: 'day', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    },
  },
  Notifications: { Type: 'AWS::SNS::Topic' },
  Topic: { Type: 'AWS::SNS::Topic' },
  Subscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: { Protocol: 'sqs', TopicArn: { Ref: 'Topic' }, Endpoint: arn('Queue') },
  },
  DeadLetters: { Type: 'AWS::SQS::Queue' },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      VisibilityTimeout: 300,
      RedrivePolicy: { deadLetterTargetArn: arn('DeadLetters'), maxReceiveCount: 3 },
    },
  },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: arn('Queue'),
      FunctionName: { Ref: 'Orders' },
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  },
  Schedule: { Type: 'AWS::Scheduler::Schedule', Properties: { ScheduleExpression: 'rate(5 minutes)' } },
};

const OUTPUTS = {
  SweepFunctionName: { Value: { Ref: 'Sweep' } },
  ManualStopFunctionName: { Value: { Ref: 'Orders' } },
  ManualStopTopicArn: { Value: { Ref: 'Topic' } },
  NotificationTopicArn: { Value: { Ref: 'Notifications' } },
  TableArn: { Value: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':x/', { Ref: 'Table' }]] } },
};
