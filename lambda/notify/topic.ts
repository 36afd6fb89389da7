import { PublishCommand, SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';
import { AwsCallError, describeError, timeForCall } from '../errors.ts';
import type { Deadline } from '../model.ts';

/** What people are sent. */
export interface Notification {
  readonly subject: string;
  readonly text: string;
}

/** Bytes of the longest text that is published; SNS takes 256 KB. */
const MAX_BYTES = 200_000;
/** SNS takes fewer than 100 characters (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
const MAX_SUBJECT = 99;
/** Milliseconds that one call may take at most. */
const CALL_LIMIT = 5_000;

/** One call is one attempt: what could not be published is told by a later sweep. */
export function topicClient(config: SNSClientConfig = {}): SNSClient {
  const requestHandler = {
    connectionTimeout: 1_000,
    requestTimeout: CALL_LIMIT,
    throwOnRequestTimeout: true,
  };
  return new SNSClient({ maxAttempts: 1, requestHandler, ...config });
}

/** The notification topic. Texts for people: plain, bounded, no markup. */
export class NotificationTopic {
  readonly #client: SNSClient;
  readonly #arn: string;

  constructor(client: SNSClient, arn: string) {
    this.#client = client;
    this.#arn = arn;
  }

  /**
   * @returns the id of the message
   * @throws AwsCallError when the topic did not take it in time
   */
  async publish({ subject, text }: Notification, deadline: Deadline): Promise<string> {
    const command = new PublishCommand({
      TopicArn: this.#arn,
      Subject: printable(subject),
      Message: bounded(text),
    });
    try {
      const abortSignal = AbortSignal.timeout(timeForCall(deadline));
      return (await this.#client.send(command, { abortSignal })).MessageId ?? '';
    } catch (error) {
      throw new AwsCallError('the notification could not be published', describeError(error));
    }
  }
}

/** SNS takes ASCII without control characters that begins with a letter, number or punctuation mark. */
function printable(subject: string): string {
  const ascii = subject.replace(/[^\x20-\x7e]/gu, '?').trim();
  return ascii.slice(0, MAX_SUBJECT) || '[AutoStop]';
}

/** Cut at whole characters. */
function bounded(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_BYTES) return text;
  const cut = new TextDecoder().decode(bytes.subarray(0, MAX_BYTES), { stream: true });
  return `${cut}\n(cut off at ${MAX_BYTES} bytes)`;
}
