import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsCallError } from '../../lambda/errors.ts';
import { NotificationTopic, topicClient } from '../../lambda/notify/topic.ts';
import { inProcess } from '../support/in-process.ts';
import { LocalTopic } from '../support/local-topic.ts';

const ARN = 'arn:aws:sns:us-west-2:123456789012:notifications';
const DEADLINE = { msLeft: () => 60_000 };

function open(options?: ConstructorParameters<typeof NotificationTopic>[2]) {
  const topic = new LocalTopic();
  const client = topicClient({
    region: 'us-west-2',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: inProcess(Date.now, (request) => topic.answer(request)),
  });
  return { topic, notifications: new NotificationTopic(client, ARN, options) };
}

describe('the notification topic', () => {
  it('publishes a subject and a text', async () => {
    const { topic, notifications } = open();

    await notifications.publish({ subject: '[AutoStop a] stopped 1', text: 'mobile\n- ünïcode' }, DEADLINE);

    expect(topic.published).toEqual([
      { topicArn: ARN, subject: '[AutoStop a] stopped 1', message: 'mobile\n- ünïcode' },
    ]);
  });

  it('has a form for chat beside that for mail, when somebody wants it', async () => {
    const { topic, notifications } = open({ chat: true });

    await notifications.publish({ subject: 'stopped 1', text: `mobile\n${'x'.repeat(5_000)}` }, DEADLINE);

    const [{ message = '{}' } = {}] = topic.published;
    const { default: mail, https } = JSON.parse(message);
    expect(mail).toHaveLength(5_007);
    expect(JSON.parse(https)).toEqual({
      version: '1.0',
      source: 'custom',
      content: {
        textType: 'client-markdown',
        title: 'stopped 1',
        description: expect.stringMatching(/^mobile\nx{3993}\.\.\.$/),
      },
    });
  });

  it('makes any subject one that SNS takes', async () => {
    const { topic, notifications } = open();

    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (subject) => {
        await notifications.publish({ subject, text: 'text' }, DEADLINE);

        expect(topic.published.at(-1)?.subject).toMatch(/^[!-~][ -~]{0,98}$/);
      }),
      { numRuns: 20 },
    );
  });

  it('cuts a text that SNS would not take at a whole character, and says so', async () => {
    const { topic, notifications } = open();

    await notifications.publish({ subject: 's', text: `a${'é'.repeat(200_000)}` }, DEADLINE);

    const text = topic.published[0]?.message ?? '';
    expect(Buffer.byteLength(text)).toBeLessThan(256 * 1024);
    expect(text).toMatch(/é\n\(cut off at 200000 bytes\)$/);
  });

  it('names its kind and the projects that it concerns, each once, in a form that XML can hold', async () => {
    const { topic, notifications } = open();
    const names = ['mobile "app"', 'ünïcode', 'odd \uffff\u0000 \ud800', '', 'mobile "app"'];

    await notifications.publish({ subject: 's', text: 't', projects: names, event: 'sweep' }, DEADLINE);

    expect(topic.published).toMatchObject([
      { message: 't', attributes: { event: 'sweep', projects: names.slice(0, 3) } },
    ]);
  });

  it.each([false, true])(
    'stays below what SNS takes with very many projects, and says so; chat: %s',
    async (chat) => {
      const { topic, notifications } = open({ chat });
      const projects = Array.from({ length: 1_000 }, (_, index) => `${index} ${'é'.repeat(250)}`);

      await notifications.publish({ subject: 's', text: 'é'.repeat(200_000), projects }, DEADLINE);
      await notifications.publish({ subject: 's', text: 'short', projects }, DEADLINE);

      const [long, short] = topic.published;
      const sizeOf = (one: typeof long) =>
        Buffer.byteLength(`${one?.message}${JSON.stringify(one?.attributes?.projects)}`);
      const routed = short?.attributes?.projects ?? [];
      expect(sizeOf(long)).toBeLessThan(256 * 1024);
      expect(routed.length).toBeGreaterThan(50);
      expect(short?.message).toContain(`${1_000 - routed.length} more projects are concerned`);
      expect(long?.message).toContain('more projects are concerned');
    },
  );

  it('says when the topic does not take it, after one attempt', async () => {
    const { topic, notifications } = open();
    topic.failures = 1;

    await expect(notifications.publish({ subject: 's', text: 't' }, DEADLINE)).rejects.toThrow(AwsCallError);
    expect(topic).toMatchObject({ failures: 0, published: [] });
  });
});
