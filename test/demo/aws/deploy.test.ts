import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deploy } from '../../../demo/aws/deploy.ts';
import type { Deployment } from '../../../demo/aws/deployment.ts';
import type { DeviceFarmService } from '../../../demo/aws/stand-ins.ts';
import { VirtualClock } from '../../../emulator/virtual-clock.ts';
import { scheduled, subscribed, TABLE, type TinyStack, tinyAssembly } from './tiny-assembly.ts';

const START = Date.UTC(2026, 10, 23, 8);
const MINUTE = 60_000;

const emptyFarm: DeviceFarmService = {
  handle: async () => ({
    kind: 'http',
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: '{"projects":[]}',
  }),
};

async function deployTiny(stack: TinyStack, deviceFarm = emptyFarm) {
  const clock = new VirtualClock(START);
  const deployment = await deploy({ directory: await tinyAssembly(stack), clock, deviceFarm });
  onTestFinished(() => deployment.close());
  return { clock, deployment };
}

function clientOptions({ environment }: Deployment, endpoint: string | undefined) {
  const credentials = { accessKeyId: 'outside', secretAccessKey: 'x' };
  return {
    region: environment.AWS_REGION ?? '',
    credentials,
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

function snsClient(deployment: Deployment): SNSClient {
  const client = new SNSClient(clientOptions(deployment, deployment.environment.AWS_ENDPOINT_URL_SNS));
  onTestFinished(() => client.destroy());
  return client;
}

function sdk(name: string): string {
  return JSON.stringify(import.meta.resolve(name));
}

describe('deploy', () => {
  it('runs the code of the assets with the environment of the template and what Lambda adds', async () => {
    const { deployment } = await deployTiny({
      functions: { Echo: 'export const handler = async () => ({ ...process.env });' },
      functionProperties: {
        Echo: {
          Environment: { Variables: { TABLE: { Ref: 'Table' }, ACCOUNT: { Ref: 'AWS::AccountId' } } },
          MemorySize: 512,
          LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: 'Logs' } },
        },
      },
      resources: { Table: TABLE, Logs: { Type: 'AWS::Logs::LogGroup' } },
      outputs: { Name: { Value: { Ref: 'Echo' } } },
    });

    const { result } = await deployment.invoke(deployment.outputs.Name ?? '');

    expect(Object.keys(Object(result)).sort()).toEqual([
      'ACCOUNT',
      'AWS_ACCESS_KEY_ID',
      'AWS_DEFAULT_REGION',
      'AWS_ENDPOINT_URL_DEVICE_FARM',
      'AWS_ENDPOINT_URL_DYNAMODB',
      'AWS_ENDPOINT_URL_SNS',
      'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_FUNCTION_VERSION',
      'AWS_LAMBDA_INITIALIZATION_TYPE',
      'AWS_LAMBDA_LOG_FORMAT',
      'AWS_LAMBDA_LOG_GROUP_NAME',
      'AWS_LAMBDA_LOG_STREAM_NAME',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'HOME',
      'LAMBDA_TASK_ROOT',
      'TABLE',
      'TZ',
    ]);
    expect(result).toMatchObject({
      TABLE: 'Tiny-Table',
      ACCOUNT: '123456789012',
      AWS_LAMBDA_FUNCTION_NAME: 'Tiny-Echo',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
    });
  });

  it('makes the tables of the template with their indexes', async () => {
    const { deployment } = await deployTiny({ resources: { Table: TABLE } });
    const { AWS_ENDPOINT_URL_DYNAMODB } = deployment.environment;
    const client = new DynamoDBClient(clientOptions(deployment, AWS_ENDPOINT_URL_DYNAMODB));
    onTestFinished(() => client.destroy());
    const Item = { pk: { S: 'a' }, sk: { S: 'b' }, day: { S: 'monday' } };

    await client.send(new PutItemCommand({ TableName: 'Tiny-Table', Item, ReturnConsumedCapacity: 'TOTAL' }));
    const { Items } = await client.send(
      new QueryCommand({
        TableName: 'Tiny-Table',
        IndexName: 'byDay',
        KeyConditionExpression: '#day = :day',
        ExpressionAttributeNames: { '#day': 'day' },
        ExpressionAttributeValues: { ':day': { S: 'monday' } },
      }),
    );

    expect(Items).toEqual([Item]);
  });

  it('logs every call with its function, resources and time, without needing retries', async () => {
    const { clock, deployment } = await deployTiny({
      functions: {
        Caller: `
          import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand, QueryCommand } from ${sdk('@aws-sdk/client-dynamodb')};
          import { DeviceFarmClient, ListProjectsCommand } from ${sdk('@aws-sdk/client-device-farm')};
          import { PublishCommand, SNSClient } from ${sdk('@aws-sdk/client-sns')};
          const table = new DynamoDBClient({});
          const put = () => table.send(new PutItemCommand({
            TableName: process.env.TABLE, Item: { pk: { S: 'a' }, sk: { S: 'b' }, n: { N: '1' } },
            ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }));
          export const handler = async () => {
            await put();
            const again = await put().catch((error) => error);
            await table.send(new QueryCommand({ TableName: process.env.TABLE, IndexName: 'byDay',
              KeyConditionExpression: '#d = :d', ExpressionAttributeNames: { '#d': 'day' },
              ExpressionAttributeValues: { ':d': { S: 'x' } } }));
            const { projects } = await new DeviceFarmClient({}).send(new ListProjectsCommand({}));
            await new SNSClient({}).send(new PublishCommand({ TopicArn: process.env.TOPIC, Message: 'hi' }));
            return { refused: again instanceof ConditionalCheckFailedException, old: again.Item, projects };
          };`,
      },
      functionProperties: {
        Caller: { Environment: { Variables: { TABLE: { Ref: 'Table' }, TOPIC: { Ref: 'Topic' } } } },
      },
      resources: { Table: TABLE, Topic: { Type: 'AWS::SNS::Topic' } },
    });
    clock.advance(3_600_000);

    const { result } = await deployment.invoke('Tiny-Caller');

    expect(result).toEqual({
      refused: true,
      old: { pk: { S: 'a' }, sk: { S: 'b' }, n: { N: '1' } },
      projects: [],
    });
    const table = 'arn:aws:dynamodb:us-west-2:123456789012:table/Tiny-Table';
    const by = { functionName: 'Tiny-Caller', at: START + 3_600_000 };
    expect(deployment.calls).toMatchObject([
      { ...by, service: 'dynamodb', operation: 'PutItem', resources: [table], status: 200 },
      { ...by, service: 'dynamodb', operation: 'PutItem', resources: [table], status: 400 },
      { ...by, service: 'dynamodb', operation: 'Query', resources: [`${table}/index/byDay`], status: 200 },
      { ...by, service: 'devicefarm', operation: 'ListProjects', resources: ['*'], input: {}, status: 200 },
      {
        ...by,
        service: 'sns',
        operation: 'Publish',
        resources: ['arn:aws:sns:us-west-2:123456789012:Tiny-Topic'],
        input: { Message: 'hi' },
        status: 200,
      },
    ]);
  });

  it('shows a connection that the service closes as a call without a status', async () => {
    const { deployment } = await deployTiny(
      {
        functions: {
          Caller: `
            import { DeviceFarmClient, GetJobCommand } from ${sdk('@aws-sdk/client-device-farm')};
            export const handler = () => new DeviceFarmClient({ maxAttempts: 1 }).send(new GetJobCommand({ arn: 'arn:job' }));`,
        },
      },
      { handle: async () => ({ kind: 'closed' }) },
    );

    const { error } = await deployment.invoke('Tiny-Caller');

    expect(error?.errorMessage).toMatch(/socket hang up|ECONNRESET/);
    expect(deployment.calls).toMatchObject([{ operation: 'GetJob', resources: ['arn:job'] }]);
    expect(deployment.calls[0]).not.toHaveProperty('status');
  });

  it('tells calls from outside apart from those of functions', async () => {
    const { deployment } = await deployTiny({ resources: { Topic: { Type: 'AWS::SNS::Topic' } } });
    const TopicArn = 'arn:aws:sns:us-west-2:123456789012:Tiny-Topic';

    await snsClient(deployment).send(new PublishCommand({ TopicArn, Message: 'x' }));

    expect(deployment.calls[0]?.accessKeyId).toBe('outside');
    expect(deployment.calls[0]).not.toHaveProperty('functionName');
  });

  it.each([
    [
      'an unknown resource type',
      { Bucket: { Type: 'AWS::S3::Bucket' } },
      /Bucket is of type AWS::S3::Bucket/,
    ],
    [
      'a subscription to a function that does not let SNS in',
      { ...subscribed('Topic', 'Fn'), TopicPermission: { Type: 'AWS::Logs::LogGroup' } },
      /no AWS::Lambda::Permission lets/,
    ],
    [
      'a filter',
      {
        Topic: { Type: 'AWS::SNS::Topic' },
        Sub: {
          Type: 'AWS::SNS::Subscription',
          Properties: { Protocol: 'email', TopicArn: { Ref: 'Topic' }, Endpoint: 'a@b.c', FilterPolicy: {} },
        },
      },
      /Sub\.FilterPolicy is set/,
    ],
    ['a cron schedule', { Clock: scheduled('Fn', 'cron(0 8 * * ? *)') }, /ScheduleExpression is cron/],
    ['a schedule of something else', { Clock: scheduled('Topic', 'rate(1 hour)') }, /names nothing/],
  ])('refuses %s', async (_, resources, message) => {
    const functions = { Fn: 'export const handler = async () => 1;' };
    const directory = await tinyAssembly({
      functions,
      resources: { ...resources },
    });
    const options = { directory, clock: new VirtualClock(START), deviceFarm: emptyFarm };

    await expect(deploy(options)).rejects.toThrow(message);
  });

  it('refuses a directory that is no cloud assembly', async () => {
    const options = { directory: '/nowhere', clock: new VirtualClock(START), deviceFarm: emptyFarm };

    await expect(deploy(options)).rejects.toThrow(/\/nowhere\/manifest\.json cannot be read/);
  });
});

describe('a deployed topic', () => {
  it('invokes the subscribed function with the event that Lambda gets from SNS', async () => {
    const { deployment } = await deployTiny({
      functions: { Reader: 'export const handler = async (event) => event;' },
      resources: { ...subscribed('Topic', 'Reader') },
      outputs: { TopicArn: { Value: { Ref: 'Topic' } } },
    });
    const TopicArn = deployment.outputs.TopicArn ?? '';

    const { MessageId } = await snsClient(deployment).send(
      new PublishCommand({
        TopicArn,
        Subject: 'Stop <it> & go',
        Message: '{"a":"ü + <b>&c"}',
        MessageAttributes: { kind: { DataType: 'String', StringValue: 'x' } },
      }),
    );
    await deployment.settle();

    expect(deployment.invocations).toHaveLength(1);
    expect(deployment.invocations[0]?.result).toMatchObject({
      Records: [
        {
          EventSource: 'aws:sns',
          EventVersion: '1.0',
          EventSubscriptionArn: 'arn:aws:sns:us-west-2:123456789012:Tiny-TopicSubscription',
          Sns: {
            Type: 'Notification',
            MessageId,
            TopicArn,
            Subject: 'Stop <it> & go',
            Message: '{"a":"ü + <b>&c"}',
            Timestamp: new Date(START).toISOString(),
            MessageAttributes: { kind: { Type: 'String', Value: 'x' } },
          },
        },
      ],
    });
  });

  it('keeps its messages, and can deliver one again', async () => {
    const { deployment } = await deployTiny({
      functions: {
        Reader: 'export const handler = async ({ Records: [{ Sns }] }) => [Sns.MessageId, Sns.Subject];',
      },
      resources: { ...subscribed('Topic', 'Reader') },
    });
    const TopicArn = 'arn:aws:sns:us-west-2:123456789012:Tiny-Topic';
    const { MessageId = '' } = await snsClient(deployment).send(
      new PublishCommand({ TopicArn, Message: 'm' }),
    );

    deployment.redeliver(MessageId);
    await deployment.settle();

    expect(deployment.messages).toMatchObject([
      { messageId: MessageId, topicArn: TopicArn, message: 'm', at: START },
    ]);
    expect(deployment.invocations.map(({ result }) => result)).toEqual([
      [MessageId, null],
      [MessageId, null],
    ]);
    expect(() => deployment.redeliver('other')).toThrow(/no message has the id other/);
  });

  it('takes a message from curl, in a form or in the address, and answers in XML', async () => {
    const { deployment } = await deployTiny({ resources: { Topic: { Type: 'AWS::SNS::Topic' } } });
    const url = deployment.environment.AWS_ENDPOINT_URL_SNS ?? '';
    const form = new URLSearchParams({
      Action: 'Publish',
      TopicArn: 'arn:aws:sns:us-west-2:123456789012:Tiny-Topic',
      Message: 'hello',
    });

    const posted = await fetch(url, { method: 'POST', body: form });
    const got = await fetch(`${url}/?${form}`);

    const [first, second] = deployment.messages;
    expect(await posted.text()).toContain(`<MessageId>${first?.messageId}</MessageId>`);
    expect(await got.text()).toContain(`<MessageId>${second?.messageId}</MessageId>`);
    expect(posted.headers.get('date')).toBe('Mon, 23 Nov 2026 08:00:00 GMT');
    expect(deployment.messages.map(({ message }) => message)).toEqual(['hello', 'hello']);
  });

  it.each([
    ['an unknown topic', { TopicArn: 'arn:aws:sns:us-west-2:123456789012:Other' }, 'NotFoundException'],
    ['an empty message', { Message: '' }, 'InvalidParameterException'],
    ['a message of more than 256 KB', { Message: 'ü'.repeat(128 * 1024 + 1) }, 'InvalidParameterException'],
    ['a subject of more than 99 characters', { Subject: 'x'.repeat(100) }, 'InvalidParameterException'],
    ['a subject with a line break', { Subject: 'a\nb' }, 'InvalidParameterException'],
  ])('refuses %s', async (_, input, name) => {
    const { deployment } = await deployTiny({ resources: { Topic: { Type: 'AWS::SNS::Topic' } } });
    const TopicArn = 'arn:aws:sns:us-west-2:123456789012:Tiny-Topic';

    const publishing = snsClient(deployment).send(new PublishCommand({ TopicArn, Message: 'm', ...input }));

    await expect(publishing).rejects.toMatchObject({ name });
    expect(deployment.messages).toEqual([]);
  });

  it('takes a message of exactly 256 KB', async () => {
    const { deployment } = await deployTiny({ resources: { Topic: { Type: 'AWS::SNS::Topic' } } });
    const TopicArn = 'arn:aws:sns:us-west-2:123456789012:Tiny-Topic';

    await snsClient(deployment).send(new PublishCommand({ TopicArn, Message: 'x'.repeat(256 * 1024) }));

    expect(deployment.messages).toHaveLength(1);
  });
});

describe('a function whose events nobody waits for', () => {
  const failing: TinyStack = {
    functions: {
      Failing: `let n = 0; export const handler = async () => { n++; if (n < 9) throw new Error('attempt ' + n); };`,
    },
    resources: {
      ...subscribed('Topic', 'Failing'),
      Letters: { Type: 'AWS::SQS::Queue' },
    },
  };
  const config = (properties: Readonly<Record<string, unknown>>): TinyStack => ({
    ...failing,
    resources: {
      ...failing.resources,
      Config: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: {
          FunctionName: { Ref: 'Failing' },
          Qualifier: '$LATEST',
          DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Letters', 'Arn'] } } },
          ...properties,
        },
      },
    },
  });
  const publish = async (deployment: Deployment) => {
    const TopicArn = 'arn:aws:sns:us-west-2:123456789012:Tiny-Topic';
    await snsClient(deployment).send(new PublishCommand({ TopicArn, Message: 'm' }));
    await deployment.settle();
  };

  it('is tried again after one and two minutes, with the same request id, and then becomes a dead letter', async () => {
    const { clock, deployment } = await deployTiny(config({ MaximumRetryAttempts: 2 }));

    await publish(deployment);
    await clock.sleep(60 * MINUTE);

    expect(deployment.invocations.map(({ startedAt }) => startedAt - START)).toEqual([0, MINUTE, 3 * MINUTE]);
    expect(new Set(deployment.invocations.map(({ requestId }) => requestId)).size).toBe(1);
    expect(deployment.deadLetters).toMatchObject([
      {
        queueArn: 'arn:aws:sqs:us-west-2:123456789012:Tiny-Letters',
        at: START + 3 * MINUTE,
        body: {
          requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
          requestPayload: { Records: [{ Sns: { Message: 'm' } }] },
          responsePayload: { errorMessage: 'attempt 3' },
        },
      },
    ]);
  });

  it('is not tried again when the template says so', async () => {
    const { clock, deployment } = await deployTiny(config({ MaximumRetryAttempts: 0 }));

    await publish(deployment);
    await clock.sleep(60 * MINUTE);

    expect(deployment.invocations).toHaveLength(1);
    expect(deployment.deadLetters).toHaveLength(1);
  });

  it('is given up when the event would be too old', async () => {
    const { clock, deployment } = await deployTiny(config({ MaximumEventAgeInSeconds: 60 }));

    await publish(deployment);
    await clock.sleep(60 * MINUTE);

    expect(deployment.invocations).toHaveLength(2);
    expect(deployment.deadLetters).toMatchObject([
      { body: { requestContext: { condition: 'EventAgeExceeded' } } },
    ]);
  });

  it("is tried three times by Lambda's own settings, and no letter is left without a queue", async () => {
    const { clock, deployment } = await deployTiny(failing);

    await publish(deployment);
    await clock.sleep(60 * MINUTE);

    expect(deployment.invocations).toHaveLength(3);
    expect(deployment.deadLetters).toEqual([]);
  });
});

describe('a deployed schedule', () => {
  it('invokes its function at every due time, with its input', async () => {
    const { deployment } = await deployTiny({
      functions: { Sweep: 'export const handler = async (event) => ({ event, now: Date.now() });' },
      resources: {
        Clock: scheduled('Sweep', 'rate(5 minutes)', {
          Input: '{"at":"<aws.scheduler.scheduled-time>"}',
        }),
      },
    });

    const swept = await deployment.runSchedule(START + 15 * MINUTE);

    expect(swept.map(({ result }) => result)).toEqual([
      { event: { at: '2026-11-23T08:05:00Z' }, now: START + 5 * MINUTE },
      { event: { at: '2026-11-23T08:10:00Z' }, now: START + 10 * MINUTE },
      { event: { at: '2026-11-23T08:15:00Z' }, now: START + 15 * MINUTE },
    ]);
    expect(deployment.nextTickAt).toBe(START + 20 * MINUTE);
  });

  it('sends an event of its own when the template gives no input', async () => {
    const { deployment } = await deployTiny({
      functions: { Sweep: 'export const handler = async (event) => event;' },
      resources: { Clock: scheduled('Sweep', 'rate(1 hour)') },
    });

    const { result } = await deployment.tick();

    expect(result).toMatchObject({
      source: 'aws.scheduler',
      time: '2026-11-23T09:00:00Z',
      resources: ['arn:aws:scheduler:us-west-2:123456789012:schedule/default/Tiny-Clock'],
    });
  });

  it('starts the next invocation on time while the one before still runs', async () => {
    const { deployment } = await deployTiny({
      functions: {
        Slow: `import { setTimeout } from 'node:timers/promises';
               export const handler = async () => { await setTimeout(90_000); };`,
      },
      functionProperties: { Slow: { Timeout: 300 } },
      resources: { Clock: scheduled('Slow', 'rate(1 minute)') },
    });

    const runs = await deployment.runSchedule(START + 3 * MINUTE);

    expect(runs.map(({ startedAt }) => startedAt - START)).toEqual([MINUTE, 2 * MINUTE, 3 * MINUTE]);
    expect(runs.map(({ endedAt, startedAt }) => endedAt - startedAt)).toEqual([90_000, 90_000, 90_000]);
  });

  it('is left alone when it is disabled', async () => {
    const clockwork = scheduled('Fn', 'rate(1 hour)');
    const { deployment } = await deployTiny({
      functions: { Fn: 'export const handler = async () => 1;' },
      resources: {
        Clock: { ...clockwork, Properties: { ...Object(clockwork.Properties), State: 'DISABLED' } },
      },
    });

    expect(deployment.nextTickAt).toBe(Number.POSITIVE_INFINITY);
    await expect(deployment.tick()).rejects.toThrow(/no enabled schedule/);
  });
});

describe('close', () => {
  it('ends processes, ports and work under way', async () => {
    const { deployment } = await deployTiny({
      functions: {
        Pid: `import { setTimeout } from 'node:timers/promises';
              export const handler = async (e) => { if (e.hang) await new Promise(() => {}); return process.pid; };`,
      },
    });
    const { result } = await deployment.invoke('Tiny-Pid');
    const hanging = deployment.invoke('Tiny-Pid', { hang: true });
    const url = deployment.environment.AWS_ENDPOINT_URL_SNS ?? '';

    await deployment.close();

    expect(() => process.kill(Number(result), 0)).toThrow(/ESRCH/);
    expect((await hanging).error?.errorType).toBe('Runtime.ExitError');
    await expect(fetch(url)).rejects.toThrow(/fetch failed/);
  });
});
