import { DeviceFarmClient, GetRunCommand, ListProjectsCommand } from '@aws-sdk/client-device-farm';
import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { Reply } from '../../emulator/protocol.ts';
import { describeError } from '../../lambda/errors.ts';
import { makeDirect } from './direct-client.ts';
import { inProcess } from './in-process.ts';

const put = new PutItemCommand({
  TableName: 't',
  Item: { pk: { S: 'ä' }, at: { N: '1' }, is: { BOOL: true } },
});
const publish = new PublishCommand({ TopicArn: 'arn', Subject: 's', Message: 'a & b' });
const batch = new SendMessageBatchCommand({
  QueueUrl: 'https://sqs.us-west-2.amazonaws.com/1/q',
  Entries: [{ Id: '1', MessageBody: 'b' }],
});
const sent = {
  Successful: [{ Id: '1', MessageId: 'm', MD5OfMessageBody: '92eb5ffee6ae2fec3ad71c777531578f' }],
};
const published =
  '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';
const error = (name: string) => ({ __type: name, message: 'no', Item: { pk: { S: 'a' } } });

/** Tries a call with a whole client and with a direct one. */
async function both(make: 'farm' | 'tables' | 'topic' | 'queue', command: object, reply: Reply) {
  const outcomes = [];
  for (const isDirect of [false, true]) {
    const requests: object[] = [];
    const requestHandler = inProcess(Date.now, async ({ path, headers, body }) => {
      requests.push({ path, target: headers['x-amz-target'], body: body.toString() });
      return reply;
    });
    const config = {
      region: 'us-west-2',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
      requestHandler,
    };
    const client = {
      farm: () => new DeviceFarmClient(config),
      tables: () => new DynamoDBClient(config),
      topic: () => new SNSClient(config),
      queue: () => new SQSClient(config),
    }[make]();
    if (isDirect) makeDirect(client);
    const send = client.send.bind(client) as unknown as (command: object) => Promise<object>;
    const outcome = await send(command).then(
      (output: object) => ({ ...output, $metadata: undefined }),
      (thrown: unknown) => ({
        ...describeError(thrown),
        message: '',
        isCondition: thrown instanceof ConditionalCheckFailedException && thrown.Item,
      }),
    );
    outcomes.push({ requests, outcome });
  }
  return outcomes;
}

describe('a client that goes straight to its handler', () => {
  it.each([
    ['farm', new ListProjectsCommand({}), json({ projects: [{ arn: 'a', created: 1.5e9 }], nextToken: 'n' })],
    ['farm', new GetRunCommand({ arn: 'a' }), json({})],
    ['farm', new GetRunCommand({ arn: 'a' }), json(error('ThrottlingException'), 400)],
    ['farm', new GetRunCommand({ arn: 'a' }), json(error('SomethingNew'), 500)],
    ['farm', new GetRunCommand({ arn: 'a' }), { ...json({}, 503), body: '<html>no</html>' }],
    ['farm', new GetRunCommand({ arn: 'a' }), { ...json({}), body: '<html>no</html>' }],
    ['farm', new GetRunCommand({ arn: 'a' }), { kind: 'closed' }],
    ['tables', put, json({})],
    ['tables', put, json(error('com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException'), 400)],
    ['topic', publish, { ...json({}), body: published }],
    [
      'topic',
      publish,
      { ...json({}, 500), body: '<ErrorResponse><Error><Code>No</Code></Error></ErrorResponse>' },
    ],
    ['queue', batch, json(sent)],
    ['queue', batch, json(error('com.amazonaws.sqs#InternalError'), 500)],
  ] as const)(
    'asks %s and understands the reply as a whole client does (%#)',
    async (make, command, reply) => {
      const [whole, direct] = await both(make, command, reply);

      expect(direct).toEqual(whole);
      expect(whole?.requests).toHaveLength(1);
    },
  );
});

function json(body: object, status = 200): Extract<Reply, { kind: 'http' }> {
  return {
    kind: 'http',
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(body),
  };
}
