import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsCallError } from '../../../lambda/core/errors.ts';
import { startGuard } from '../../harness/guard-in-process.ts';

describe('notifier', () => {
  it('publishes a subject and a text', async () => {
    const guard = await startGuard();

    await guard.ports.notifier.publish('Device Farm auto-stop: stopped 1', 'mobile: ran 75 min\n- ünïcode');

    expect(guard.topic.messages).toMatchObject([
      { subject: 'Device Farm auto-stop: stopped 1', message: 'mobile: ran 75 min\n- ünïcode' },
    ]);
  });

  it('makes any subject one that SNS takes', async () => {
    const guard = await startGuard();

    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (subject) => {
        await guard.ports.notifier.publish(subject, 'text');

        expect(guard.topic.messages.at(-1)?.subject).toMatch(/^[!-~][ -~]{0,98}$/);
      }),
    );
  });

  it('cuts a text that SNS would not take, and says so', async () => {
    const guard = await startGuard();

    await guard.ports.notifier.publish('subject', 'é'.repeat(200_000));

    const text = guard.topic.messages[0]?.message ?? '';
    expect(Buffer.byteLength(text)).toBeLessThan(256 * 1024);
    expect(text).toMatch(/cut off at 200000 bytes\)$/);
  });

  it('throws when the topic does not take it', async () => {
    const guard = await startGuard();
    guard.topic.answer = async () => ({ kind: 'closed' });

    const publishing = guard.ports.notifier.publish('subject', 'text');

    await expect(publishing).rejects.toThrow(AwsCallError);
  });
});
