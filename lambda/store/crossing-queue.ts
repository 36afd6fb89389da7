import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AwsCallError, describeError, REQUEST_HANDLER, timeForCall } from '../errors.ts';
import { isRecord, parseObject } from '../text.ts';
import type { Deadline, Time } from '../time.ts';

/** What the queue delivers when work crosses a limit. */
export interface CrossingMessage {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Jobs and sessions that the sweep saw in flight. */
  readonly active: number;
  /** ARNs of the work to decide on; absent: all work in flight. */
  readonly items?: readonly string[];
}

/**
 * The longest delay that SQS takes, in milliseconds
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
 */
export const LONGEST_DELAY = 900_000;
/** Messages that SQS takes in one call. */
const AT_ONCE = 10;

/** The client is loaded when a message is sent for the first time: most sweeps send none, and each cold start would load it. */
async function connectToSqs() {
  const { SQSClient, SendMessageBatchCommand } = await import('@aws-sdk/client-sqs');
  return {
    client: new SQSClient({ maxAttempts: 1, requestHandler: REQUEST_HANDLER }),
    SendMessageBatchCommand,
  };
}

/** The queue that delivers messages to AutoStop at a later moment. */
export class CrossingQueue {
  readonly #connect: typeof connectToSqs;
  #connection: ReturnType<typeof connectToSqs> | undefined;
  readonly #url: string;
  readonly #time: Time;

  constructor(url: string, time: Time, connect = connectToSqs) {
    this.#url = url;
    this.#time = time;
    this.#connect = connect;
  }

  /**
   * Sends all messages or throws at the first call that is refused. What was sent before then is delivered.
   * @throws AwsCallError when the queue did not take a message in time
   */
  async send(messages: readonly CrossingMessage[], deadline: Deadline): Promise<void> {
    this.#connection ??= this.#connect();
    const { client, SendMessageBatchCommand } = await this.#connection;
    for (let first = 0; first < messages.length; first += AT_ONCE) {
      const command = new SendMessageBatchCommand({
        QueueUrl: this.#url,
        Entries: messages.slice(first, first + AT_ONCE).map((crossing, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify({ crossing }),
          DelaySeconds: Math.ceil(
            Math.min(LONGEST_DELAY, Math.max(0, crossing.at - this.#time.now())) / 1_000,
          ),
        })),
      });
      const { Failed: [refused] = [] } = await ask(client, command, this.#time, deadline);
      if (refused)
        throw new AwsCallError('the queue refused a message', {
          name: refused.Code ?? 'UnknownError',
          message: refused.Message ?? 'without a reason',
          kind: 'other',
        });
    }
  }
}

async function ask(client: SQSClient, command: SendMessageBatchCommand, time: Time, deadline: Deadline) {
  try {
    return await client.send(command, { abortSignal: time.timeout(timeForCall(deadline)) });
  } catch (error) {
    throw new AwsCallError('the queue did not take a message', describeError(error));
  }
}

/** The message of a sweep that work crosses a limit; `undefined` for a body that is anything else. */
export function readCrossing(body: string): CrossingMessage | undefined {
  const crossing = parseObject(body)?.crossing;
  if (!isRecord(crossing) || typeof crossing.at !== 'number' || typeof crossing.active !== 'number')
    return undefined;
  const { at, active, items } = crossing;
  if (items === undefined) return { at, active };
  if (!Array.isArray(items) || !items.every((arn): arn is string => typeof arn === 'string'))
    return undefined;
  return { at, active, items };
}
