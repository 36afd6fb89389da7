import { randomUUID } from 'node:crypto';
import { errorXml, readQuery, resultXml, SnsError } from './sns-query.ts';
import type { StandInReply, StandInRequest } from './stand-in.ts';

export interface TopicPlan {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
}

/** A subscription of the template. Other protocols than `lambda` leave their messages with the topic, to be read there. */
export interface SubscriptionPlan {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
}

/** A message as the topic took it. */
export interface SnsMessage {
  readonly messageId: string;
  readonly topicArn: string;
  /** Epoch milliseconds of the virtual clock. */
  readonly at: number;
  readonly subject?: string;
  readonly message: string;
  readonly attributes: Readonly<Record<string, { readonly Type: string; readonly Value: string }>>;
}

/** Hands a message to a subscriber; returns at once, as SNS does not wait for functions. */
export type Deliver = (subscription: SubscriptionPlan, message: SnsMessage) => void;

/** Bytes that one message may have (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
const MAX_BYTES = 256 * 1024;

/** Amazon SNS with the one operation Publish. */
export class LocalSns {
  readonly messages: SnsMessage[] = [];
  readonly #topics: readonly TopicPlan[];
  readonly #subscriptions: readonly SubscriptionPlan[];
  readonly #now: () => number;
  readonly #deliver: Deliver;

  constructor(
    topics: readonly TopicPlan[],
    subscriptions: readonly SubscriptionPlan[],
    now: () => number,
    deliver: Deliver,
  ) {
    this.#topics = topics;
    this.#subscriptions = subscriptions;
    this.#now = now;
    this.#deliver = deliver;
  }

  async answer(request: StandInRequest): Promise<StandInReply> {
    const query = readQuery(request);
    const requestId = randomUUID();
    try {
      const operation = query.get('Action') ?? '';
      if (operation !== 'Publish') {
        throw new SnsError('InvalidAction', `the operation "${operation}" is not known here; use Publish`);
      }
      return resultXml(operation, { MessageId: this.#publish(query).messageId }, requestId);
    } catch (error) {
      if (error instanceof SnsError) return errorXml(error, requestId);
      throw error;
    }
  }

  /**
   * Delivers a message once more, as SNS may do at any time.
   * @throws RangeError for a message id that no topic took
   */
  redeliver(messageId: string): void {
    const message = this.messages.find((taken) => taken.messageId === messageId);
    if (!message) throw new RangeError(`no message has the id ${messageId}; publish it first`);
    this.#fanOut(message);
  }

  #publish(query: URLSearchParams): SnsMessage {
    const message = this.#accept(query);
    this.messages.push(message);
    this.#fanOut(message);
    return message;
  }

  #fanOut(message: SnsMessage): void {
    for (const subscription of this.#subscriptions) {
      if (subscription.topicArn === message.topicArn) this.#deliver(subscription, message);
    }
  }

  #accept(query: URLSearchParams): SnsMessage {
    const topicArn = query.get('TopicArn') ?? query.get('TargetArn') ?? '';
    if (!this.#topics.some(({ arn }) => arn === topicArn)) {
      throw new SnsError('NotFound', 'Topic does not exist', 404);
    }
    const message = query.get('Message') ?? '';
    if (message === '') throw invalid('Empty message');
    if (Buffer.byteLength(message) > MAX_BYTES) throw invalid('Message too long');
    const subject = query.get('Subject') ?? undefined;
    if (subject !== undefined && !isSubject(subject)) throw invalid('Subject');
    return {
      messageId: randomUUID(),
      topicArn,
      at: this.#now(),
      message,
      attributes: attributesOf(query),
      ...(subject === undefined ? {} : { subject }),
    };
  }
}

function attributesOf(query: URLSearchParams): SnsMessage['attributes'] {
  const attributes: Record<string, { Type: string; Value: string }> = {};
  for (let i = 1; query.has(`MessageAttributes.entry.${i}.Name`); i++) {
    const entry = `MessageAttributes.entry.${i}`;
    attributes[query.get(`${entry}.Name`) ?? ''] = {
      Type: query.get(`${entry}.Value.DataType`) ?? 'String',
      Value: query.get(`${entry}.Value.StringValue`) ?? query.get(`${entry}.Value.BinaryValue`) ?? '',
    };
  }
  return attributes;
}

/** ASCII that begins with a letter, number or punctuation mark, without line breaks, below 100 characters. */
function isSubject(subject: string): boolean {
  return /^[!-~][ -~]{0,98}$/.test(subject);
}

function invalid(what: string): SnsError {
  return new SnsError('InvalidParameter', `Invalid parameter: ${what}`);
}
