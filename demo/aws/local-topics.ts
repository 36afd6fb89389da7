import { randomUUID } from 'node:crypto';
import type { Reply } from '../../emulator/protocol.ts';

/** A message as a topic took it. */
export interface Published {
  readonly messageId: string;
  readonly topicArn: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly subject?: string;
  readonly message: string;
}

/** Bytes that one message may have (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
const MAX_BYTES = 256 * 1024;
const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

/** Amazon SNS with the one operation Publish. */
export class LocalTopics {
  /** Oldest first. */
  readonly messages: Published[] = [];
  /** Addresses that are subscribed to a topic. */
  readonly subscriptions: {
    readonly topicArn: string;
    readonly address: string;
    readonly isConfirmed: boolean;
  }[] = [];
  readonly #arns: readonly string[];
  readonly #now: () => number;
  readonly #onMessage: (message: Published) => void;

  constructor(arns: readonly string[], now: () => number, onMessage: (message: Published) => void) {
    this.#arns = arns;
    this.#now = now;
    this.#onMessage = onMessage;
  }

  /** Answers a form-encoded query in XML. */
  async answer(query: URLSearchParams): Promise<Reply> {
    const [topicArn, text] = [query.get('TopicArn') ?? '', query.get('Message') ?? ''];
    const subject = query.get('Subject') ?? undefined;
    if (!this.#arns.includes(topicArn)) return refusal('NotFound', 'Topic does not exist', 404);
    if (query.get('Action') === 'ListSubscriptionsByTopic') return this.#subscriptionsOf(topicArn);
    if (query.get('Action') !== 'Publish') return refusal('InvalidAction', 'this action is not known here');
    if (text === '') return refusal('InvalidParameter', 'Invalid parameter: Empty message');
    if (Buffer.byteLength(text) > MAX_BYTES) {
      return refusal('InvalidParameter', 'Invalid parameter: Message too long');
    }
    // ASCII without line breaks, below 100 characters.
    if (subject !== undefined && !/^[!-~][ -~]{0,98}$/.test(subject)) {
      return refusal('InvalidParameter', 'Invalid parameter: Subject');
    }
    const message = {
      messageId: randomUUID(),
      topicArn,
      at: this.#now(),
      message: text,
      ...(subject === undefined ? {} : { subject }),
    };
    this.messages.push(message);
    this.#onMessage(message);
    const result = `<PublishResult><MessageId>${message.messageId}</MessageId></PublishResult>`;
    return xml(200, `<PublishResponse xmlns="${NAMESPACE}">${result}</PublishResponse>`);
  }

  /** Who is subscribed by mail; nothing is delivered to them. */
  #subscriptionsOf(topicArn: string): Reply {
    const members = this.subscriptions
      .filter((one) => one.topicArn === topicArn)
      .map(
        ({ address, isConfirmed }) =>
          `<member><Protocol>email</Protocol><Endpoint>${address}</Endpoint><SubscriptionArn>${isConfirmed ? `${topicArn}:${address}` : 'PendingConfirmation'}</SubscriptionArn></member>`,
      );
    const result = `<ListSubscriptionsByTopicResult><Subscriptions>${members.join('')}</Subscriptions></ListSubscriptionsByTopicResult>`;
    return xml(
      200,
      `<ListSubscriptionsByTopicResponse xmlns="${NAMESPACE}">${result}</ListSubscriptionsByTopicResponse>`,
    );
  }

  /** Delivers a message once more, as SNS may do at any time. */
  redeliver(messageId: string): void {
    const message = this.messages.find((one) => one.messageId === messageId);
    if (!message) throw new RangeError(`no message has the id ${messageId}; publish it first`);
    this.#onMessage(message);
  }
}

/** The body that a queue gets from a topic (https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html). */
export function envelope({ messageId, topicArn, at, subject, message }: Published): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: messageId,
    TopicArn: topicArn,
    ...(subject === undefined ? {} : { Subject: subject }),
    Message: message,
    Timestamp: new Date(at).toISOString(),
    SignatureVersion: '1',
    Signature: 'local',
  });
}

function refusal(code: string, message: string, status = 400): Reply {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return xml(status, `<ErrorResponse xmlns="${NAMESPACE}">${error}</ErrorResponse>`);
}

function xml(status: number, body: string): Reply {
  return { kind: 'http', status, headers: { 'content-type': 'text/xml' }, body };
}
