import type { SQSClient } from '@aws-sdk/client-sqs';
import { AwsCallError, describeError } from '../errors.ts';
import type { Deadline, Time } from '../model.ts';

/** A text that the queue delivers at a later moment, epoch milliseconds. */
export interface DelayedMessage {
  readonly body: string;
  readonly at: number;
}

/**
 * The longest delay that SQS takes, in milliseconds
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
 */
export const LONGEST_DELAY = 900_000;
/** Messages that SQS takes in one call. */
const AT_ONCE = 10;
/** Milliseconds that one call may take at most. */
const CALL_LIMIT = 5_000;
/** Milliseconds before the end of the invocation in which no call is begun. */
const LAST_CALL = 500;

/** The client is loaded when a message is sent for the first time: most sweeps send none, and each cold start would load it. */
export async function queueClient(): Promise<Pick<SQSClient, 'send'>> {
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  const requestHandler = {
    connectionTimeout: 1_000,
    requestTimeout: CALL_LIMIT,
    throwOnRequestTimeout: true,
  };
  return new SQSClient({ maxAttempts: 1, requestHandler });
}

/** The queue that delivers messages to AutoStop at a later moment. */
export class CrossingQueue {
  readonly #connect: () => Promise<Pick<SQSClient, 'send'>>;
  readonly #url: string;
  readonly #time: Time;

  constructor(url: string, time: Time, connect = queueClient) {
    this.#url = url;
    this.#time = time;
    this.#connect = connect;
  }

  /**
   * Sends all messages or throws at the first call that is refused. What was sent before then is delivered.
   * @throws AwsCallError when the queue did not take a message in time
   */
  async send(messages: readonly DelayedMessage[], deadline: Deadline): Promise<void> {
    const [{ SendMessageBatchCommand }, client] = await Promise.all([
      import('@aws-sdk/client-sqs'),
      this.#connect(),
    ]);
    for (let first = 0; first < messages.length; first += AT_ONCE) {
      const command = new SendMessageBatchCommand({
        QueueUrl: this.#url,
        Entries: messages.slice(first, first + AT_ONCE).map(({ body, at }, index) => ({
          Id: String(index),
          MessageBody: body,
          DelaySeconds: Math.ceil(Math.min(LONGEST_DELAY, Math.max(0, at - this.#time.now())) / 1_000),
        })),
      });
      const left = deadline.msLeft();
      if (left < LAST_CALL)
        throw new AwsCallError('the queue was not asked', {
          name: 'OutOfTime',
          message: 'no time is left in this invocation',
          kind: 'other',
        });
      const abortSignal = AbortSignal.timeout(Math.min(2 * CALL_LIMIT, left));
      const { Failed: [refused] = [] } = await client
        .send(command, { abortSignal })
        .catch((error: unknown) => {
          throw new AwsCallError('the queue did not take a message', describeError(error));
        });
      if (refused)
        throw new AwsCallError('the queue refused a message', {
          name: refused.Code ?? 'UnknownError',
          message: refused.Message ?? 'without a reason',
          kind: 'other',
        });
    }
  }
}
