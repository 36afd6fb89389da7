import { describe, expect, it } from 'vitest';
import { topicClient } from '../../../lambda/aws/clients.ts';
import { stopTopic } from '../../../lambda/aws/stop-topic.ts';
import { AwsCallError } from '../../../lambda/core/errors.ts';
import { LocalSns } from '../../../demo/aws/local-sns.ts';
import { inProcess } from '../../harness/in-process.ts';

const TOPIC = 'arn:aws:sns:us-west-2:123456789012:manual-stop';

function openTopic(arn: string) {
  const sns = new LocalSns([{ logicalId: 'Topic', name: 'manual-stop', arn: TOPIC }], [], Date.now, () => {});
  const requestHandler = inProcess(Date.now, (request) => sns.answer(request));
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return { sns, topic: stopTopic(topicClient({ region: 'us-west-2', credentials, requestHandler }), arn) };
}

describe('stopTopic', () => {
  it('publishes an order as it is, and gives the id of the message', async () => {
    const { sns, topic } = openTopic(TOPIC);

    const id = await topic.send('{"action":"stop"}');

    expect(sns.messages).toMatchObject([{ messageId: id, message: '{"action":"stop"}' }]);
  });

  it('names a topic that does not take it', async () => {
    const { topic } = openTopic(`${TOPIC}-gone`);

    const sending = topic.send('{"action":"stop"}');

    await expect(sending).rejects.toThrow(AwsCallError);
    await expect(sending).rejects.toThrow(`${TOPIC}-gone`);
  });
});
