// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub writes its variables like this.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from './tiny-function.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a test wants in its stack: modules of functions by logical id, and resources beside them. */
export interface TinyStack {
  readonly functions?: Readonly<Record<string, string>>;
  /** Properties that replace those of `lambda()`, by logical id. */
  readonly functionProperties?: Readonly<Record<string, Json>>;
  readonly resources?: Json;
  readonly outputs?: Json;
}

/** Writes a cloud assembly with one stack named Tiny, as `cdk synth` would; returns its directory. */
export async function tinyAssembly(stack: TinyStack): Promise<string> {
  const directory = await temporaryDirectory();
  const names = Object.keys(stack.functions ?? {});
  for (const [name, source] of Object.entries(stack.functions ?? {})) {
    await mkdir(join(directory, `asset.${name}`));
    await writeFile(join(directory, `asset.${name}`, 'index.mjs'), source);
  }
  await writeJson(directory, 'manifest.json', {
    artifacts: {
      'Tiny.assets': { type: 'cdk:asset-manifest', properties: { file: 'Tiny.assets.json' } },
      Tiny: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Tiny.template.json' } },
    },
  });
  await writeJson(directory, 'Tiny.assets.json', {
    files: Object.fromEntries(names.map((name) => [name, asset(name)])),
  });
  await writeJson(directory, 'Tiny.template.json', {
    Resources: {
      ...Object.fromEntries(names.map((name) => [name, lambda(name, stack.functionProperties?.[name])])),
      Role: { Type: 'AWS::IAM::Role' },
      ...stack.resources,
    },
    Outputs: stack.outputs ?? {},
    Parameters: { BootstrapVersion: { Type: 'String', Default: '/cdk-bootstrap/version' } },
    Rules: { CheckBootstrapVersion: {} },
  });
  return directory;
}

/** A topic with a function subscribed to it and allowed to be invoked by it. */
export function subscribed(topic: string, functionId: string): Json {
  const endpoint = { 'Fn::GetAtt': [functionId, 'Arn'] };
  return {
    [topic]: { Type: 'AWS::SNS::Topic' },
    [`${topic}Subscription`]: {
      Type: 'AWS::SNS::Subscription',
      Properties: { Protocol: 'lambda', TopicArn: { Ref: topic }, Endpoint: endpoint },
    },
    [`${topic}Permission`]: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        Principal: 'sns.amazonaws.com',
        FunctionName: endpoint,
        SourceArn: { Ref: topic },
      },
    },
  };
}

/** A schedule of a function. */
export function scheduled(functionId: string, rate: string, target: Json = {}): Json {
  return {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      ScheduleExpression: rate,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': [functionId, 'Arn'] },
        RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
        ...target,
      },
    },
  };
}

/** A table with two text keys and an index. */
export const TABLE: Json = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'day', AttributeType: 'S' },
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
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
  },
};

function lambda(name: string, properties: Json = {}): Json {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { S3Bucket: { 'Fn::Sub': 'cdk-assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: `${name}.zip` },
      Timeout: 30,
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      ...properties,
    },
  };
}

function asset(name: string): Json {
  const destination = { bucketName: 'bucket', objectKey: `${name}.zip` };
  return { source: { path: `asset.${name}`, packaging: 'zip' }, destinations: { here: destination } };
}

async function writeJson(directory: string, name: string, content: unknown): Promise<void> {
  await writeFile(join(directory, name), JSON.stringify(content));
}
