import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { AwsCallError } from '../core/errors.ts';
import type { Notifier } from '../ports.ts';
import { describeError } from './describe-error.ts';

/** Bytes of the longest text that is published; SNS takes 256 KB. */
const MAX_BYTES = 200_000;

/** The notification topic. Texts for people: plain, bounded, no markup. */
export function notifier(client: SNSClient, topicArn: string): Notifier {
  return {
    async publish(subject, text) {
      const input = { TopicArn: topicArn, Subject: plainSubject(subject), Message: bounded(text) };
      try {
        await client.send(new PublishCommand(input));
      } catch (error) {
        throw new AwsCallError('the notification could not be published', describeError(error));
      }
    },
  };
}

/**
 * SNS takes fewer than 100 ASCII characters that begin with a letter, number or punctuation mark, without line breaks
 * (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
 */
function plainSubject(subject: string): string {
  const plain = subject.replace(/[^\x20-\x7e]/g, '?').trim();
  return plain.slice(0, 99) || 'Device Farm auto-stop';
}

function bounded(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= MAX_BYTES
    ? text
    : `${bytes.subarray(0, MAX_BYTES).toString()}\n(cut off at ${MAX_BYTES} bytes)`;
}
