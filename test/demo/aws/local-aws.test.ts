import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LocalAws } from '../../../demo/aws/local-aws.ts';
import { isRecord } from '../../../lambda/text.ts';
import { MINUTE, START, startTiny } from './tiny-stack.ts';

const sdk = (name: string) => JSON.stringify(import.meta.resolve(name));
const TABLE = 'arn:aws:dynamodb:us-west-2:123456789012:table/Tiny-Table';

/** The body of the first record that a function returned. */
function bodyIn(records: unknown): string {
  const [record]: unknown[] = Array.isArray(records) ? records : [];
  return isRecord(record) ? String(record.body) : '';
}

/** Publishes to the topic before the queue and waits until nothing works on it. */
async function publish(aws: LocalAws, Message = 'stop', more: { readonly Subject?: string } = {}) {
  const client = new SNSClient(aws.client);
  onTestFinished(() => client.destroy());
  const TopicArn = aws.plan.output('ManualStopTopicArn');
  const { MessageId } = await client.send(new PublishCommand({ TopicArn, Message, ...more }));
  await aws.settle();
  return MessageId ?? '';
}

describe('the functions of a local AWS', () => {
  it('run the code of their assets with the environment of the template and nothing of this machine', async () => {
    const { aws } = await startTiny({ sweep: 'export const handler = async () => ({ ...process.env });' });

    const { result } = await aws.invoke('SweepFunctionName');

    expect(result).toMatchObject({
      TABLE: 'Tiny-Table',
      TOPIC: 'arn:aws:sns:us-west-2:123456789012:Tiny-Notifications',
      AWS_ENDPOINT_URL: aws.url,
      AWS_LAMBDA_FUNCTION_NAME: 'Tiny-Sweep',
      AWS_REGION: 'us-west-2',
    });
    expect(result).not.toHaveProperty('PATH');
    expect(aws.plan.output('TableArn')).toBe('arn:aws:x/Tiny-Table');
    expect(aws.plan.statements('Tiny-Sweep')).toEqual([
      { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: TABLE },
    ]);
  });

  it('reach tables, topics and Device Farm by the virtual time, without a call made twice for clock skew', async () => {
    const { aws, clock } = await startTiny({
      sweep: `
        import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from ${sdk('@aws-sdk/client-dynamodb')};
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
          const { projects } = await new DeviceFarmClient({}).send(new ListProjectsCommand({}));
          await new SNSClient({}).send(new PublishCommand({ TopicArn: process.env.TOPIC, Message: 'hi' }));
          return { refused: again instanceof ConditionalCheckFailedException, old: again.Item, projects };
        };`,
    });
    clock.advance(60 * MINUTE);

    const { result } = await aws.invoke('SweepFunctionName');

    const old = { pk: { S: 'a' }, sk: { S: 'b' }, n: { N: '1' } };
    expect(result).toEqual({ refused: true, old, projects: [] });
    const by = { functionName: 'Tiny-Sweep', at: START + 60 * MINUTE };
    expect(aws.calls).toMatchObject([
      { ...by, service: 'dynamodb', operation: 'PutItem', resources: [TABLE], status: 200 },
      { ...by, service: 'dynamodb', operation: 'PutItem', resources: [TABLE], status: 400 },
      { ...by, service: 'devicefarm', operation: 'ListProjects', resources: ['*'], status: 200 },
      {
        ...by,
        service: 'sns',
        operation: 'Publish',
        resources: [aws.plan.output('NotificationTopicArn')],
        input: { Message: 'hi' },
        status: 200,
      },
    ]);
  });

  it('are distinguished from callers from outside, who may query the indexes of the template', async () => {
    const { aws } = await startTiny({});
    const client = new DynamoDBClient(aws.client);
    onTestFinished(() => client.destroy());
    const Item = { pk: { S: 'a' }, sk: { S: 'b' }, day: { S: 'monday' } };

    await client.send(new PutItemCommand({ TableName: 'Tiny-Table', Item }));
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
    expect(aws.calls.map(({ resources }) => resources)).toEqual([[TABLE], [`${TABLE}/index/byDay`]]);
    expect(aws.calls.filter((call) => 'functionName' in call)).toEqual([]);
  });

  it('see a connection that the service closes', async () => {
    const { aws, emulator } = await startTiny({
      sweep: `
        import { DeviceFarmClient, ListProjectsCommand } from ${sdk('@aws-sdk/client-device-farm')};
        export const handler = () => new DeviceFarmClient({ maxAttempts: 1 }).send(new ListProjectsCommand({}));`,
    });
    emulator.faults.add({ kind: 'closed', operation: 'ListProjects' });

    const { error } = await aws.invoke('SweepFunctionName');

    expect(error?.errorMessage).toMatch(/socket hang up|ECONNRESET/);
    expect(aws.calls).toHaveLength(1);
    expect(aws.calls[0]?.status).toBeUndefined();
  });
});

describe('a message to the topic before the queue', () => {
  const FAILING = `
    export const handler = async ({ Records: [record] }) => {
      console.log(record.attributes.ApproximateReceiveCount);
      return { batchItemFailures: [{ itemIdentifier: record.messageId }] };
    };`;

  it('reaches the function as a record of the queue with the envelope of SNS in it, once', async () => {
    const { aws, clock } = await startTiny({
      orders: 'export const handler = async ({ Records }) => Records;',
    });

    const id = await publish(aws, 'stop all', { Subject: 'now' });
    await clock.sleep(20 * MINUTE);

    const [invocation, ...others] = aws.invocations;
    expect(others).toEqual([]);
    expect(invocation?.result).toMatchObject([
      { eventSource: 'aws:sqs', eventSourceARN: aws.plan.queue.arn },
    ]);
    expect(JSON.parse(bodyIn(invocation?.result))).toMatchObject({
      Type: 'Notification',
      MessageId: id,
      TopicArn: aws.plan.queue.topicArn,
      Subject: 'now',
      Message: 'stop all',
      Timestamp: new Date(START).toISOString(),
    });
  });

  it.each([
    ['reports a failure', FAILING],
    ['throws', 'export const handler = async () => { throw new Error("no"); };'],
  ])('comes back each five minutes while the function %s, and then is a dead letter', async (_, orders) => {
    const { aws, clock } = await startTiny({ orders });

    await publish(aws);
    await clock.sleep(60 * MINUTE);

    const times = aws.invocations.map(({ startedAt }) => (startedAt - START) / MINUTE);
    expect(times).toEqual([0, 5, 10]);
    expect(aws.queue.deadLetters).toMatchObject([{ receiveCount: 3, body: expect.stringContaining('stop') }]);
  });

  it('is done when the function is, and may be delivered once more', async () => {
    const { aws, clock } = await startTiny({
      orders: `let n = 0;
        export const handler = async ({ Records: [{ messageId }] }) =>
          ({ batchItemFailures: n++ ? [] : [{ itemIdentifier: messageId }] });`,
    });

    const id = await publish(aws);
    await clock.sleep(20 * MINUTE);
    aws.topics.redeliver(id);
    await aws.settle();

    expect(aws.invocations).toHaveLength(3);
    expect(aws.queue.deadLetters).toEqual([]);
    expect(() => aws.topics.redeliver('unknown')).toThrow(/no message has the id unknown/);
  });

  it.each([
    ['a text of more than 256 KB', 'x'.repeat(256 * 1024 + 1), {}, /Message too long/],
    ['a subject with a line break', 'stop', { Subject: 'a\nb' }, /Subject/],
  ])('is refused with %s', async (_, text, more, message) => {
    const { aws } = await startTiny({});

    await expect(publish(aws, text, more)).rejects.toThrow(message);

    expect(aws.topics.messages).toEqual([]);
  });

  it('may have exactly 256 KB', async () => {
    const { aws } = await startTiny({});

    await publish(aws, 'x'.repeat(256 * 1024));

    expect(aws.invocations).toHaveLength(1);
  });
});

describe('the schedule', () => {
  it('starts a sweep at every due time', async () => {
    const { aws } = await startTiny({ sweep: 'export const handler = async ({ time }) => time;' });

    const [first, second] = [await aws.nextSweep(), await aws.nextSweep()];

    expect([first?.result, second?.result]).toEqual(['2026-11-23T08:05:00.000Z', '2026-11-23T08:10:00.000Z']);
    expect(aws.nextSweepAt).toBe(START + 15 * MINUTE);
  });
});

describe('a template that would work otherwise here than in AWS', () => {
  it.each([
    ['a cron schedule', { Schedule: { ScheduleExpression: 'cron(0 8 * * ? *)' } }, /the schedule is cron/],
    ['a batch of ten', { Mapping: { BatchSize: 10 } }, /one message at a time/],
    ['no report of failures', { Mapping: { FunctionResponseTypes: [] } }, /reports failures/],
    ['code that is not there', { Sweep: { Code: { S3Key: 'gone.zip' } } }, /has no index\.mjs/],
    ['a reference to nothing', { Subscription: { Endpoint: { Ref: 'Gone' } } }, /Gone names nothing/],
    ['an unknown attribute', { Subscription: { Endpoint: { 'Fn::GetAtt': ['Queue', 'Colour'] } } }, /Colour/],
  ])('is refused: %s', async (_, properties, message) => {
    await expect(startTiny({ properties })).rejects.toThrow(message);
  });
});

describe('close', () => {
  it('ends processes, the port and work under way', async () => {
    const { aws } = await startTiny({
      sweep:
        'export const handler = async (e) => { if (e.hang) await new Promise(() => {}); return process.pid; };',
    });
    const { result } = await aws.invoke('SweepFunctionName');
    const hanging = aws.invoke('SweepFunctionName', { hang: true });

    await aws.close();

    expect(() => process.kill(Number(result), 0)).toThrow(/ESRCH/);
    expect((await hanging).error?.errorType).toBe('Runtime.ExitError');
    await expect(fetch(aws.url)).rejects.toThrow(/fetch failed/);
  });
});
