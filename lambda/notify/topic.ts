import { PublishCommand, SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';
import { PROJECTS_ATTRIBUTE } from '../env.ts';
import { AwsCallError, describeError, REQUEST_HANDLER, timeForCall } from '../errors.ts';
import type { Deadline } from '../time.ts';

/** What people are sent. */
export interface Notification {
  readonly subject: string;
  readonly text: string;
  /** Names of the projects that it concerns: filter policies of subscriptions go by them. */
  readonly projects?: readonly string[];
  /** What kind of notification it is, such as `sweep` or `threshold`. */
  readonly event?: string;
}

/** Bytes of the longest text that is published; SNS takes 256 KB. As JSON a text is longer, so that half of it is left. */
const MAX_BYTES = 200_000;
/** Bytes of the names of projects beside a text: the attributes of a message are part of the 256 KB. */
const MAX_PROJECT_BYTES = 30_000;
/** SNS takes fewer than 100 characters (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
const MAX_SUBJECT = 99;
/** Characters of a text in chat: nobody reads more there. */
const MAX_CHAT = 4_000;

/** One call is one attempt: what could not be published is told by a later sweep. */
export function topicClient(config: SNSClientConfig = {}): SNSClient {
  return new SNSClient({ maxAttempts: 1, requestHandler: REQUEST_HANDLER, ...config });
}

/** The notification topic. Texts for people: plain, bounded, no markup. */
export class NotificationTopic {
  readonly #client: SNSClient;
  readonly #arn: string;
  readonly #chat: boolean;

  /** @param chat whether subscribers by HTTPS get the form that Amazon Q Developer in chat applications takes */
  constructor(client: SNSClient, arn: string, { chat = false }: { readonly chat?: boolean } = {}) {
    this.#client = client;
    this.#arn = arn;
    this.#chat = chat;
  }

  /**
   * @returns the id of the message
   * @throws AwsCallError when the topic did not take it in time
   */
  async publish(
    { subject, text: whole, projects = [], event }: Notification,
    deadline: Deadline,
  ): Promise<string> {
    const { routed, left } = routable(projects);
    const text = `${bounded(whole, this.#chat ? MAX_BYTES / 2 : MAX_BYTES)}${unrouted(left)}`;
    const command = new PublishCommand({
      TopicArn: this.#arn,
      Subject: printable(subject),
      Message: this.#chat ? forChat(subject, text) : text,
      ...(this.#chat && { MessageStructure: 'json' }),
      MessageAttributes: {
        ...(event !== undefined && { event: { DataType: 'String', StringValue: event } }),
        ...(routed.length > 0 && {
          [PROJECTS_ATTRIBUTE]: { DataType: 'String.Array', StringValue: asArray(routed) },
        }),
      },
    });
    try {
      const abortSignal = AbortSignal.timeout(timeForCall(deadline));
      return (await this.#client.send(command, { abortSignal })).MessageId ?? '';
    } catch (error) {
      throw new AwsCallError('the notification could not be published', describeError(error));
    }
  }
}

/**
 * One text for each protocol: mail and queues get the text, HTTPS the custom notification of Amazon Q Developer, which drops any other form
 * (https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html).
 */
function forChat(title: string, text: string): string {
  const description = text.length > MAX_CHAT ? `${text.slice(0, MAX_CHAT)}...` : text;
  const content = { textType: 'client-markdown', title, description };
  return JSON.stringify({
    default: text,
    https: JSON.stringify({ version: '1.0', source: 'custom', content }),
  });
}

/** The names that one message can carry, and how many are left over. */
function routable(projects: readonly string[]): {
  readonly routed: readonly string[];
  readonly left: number;
} {
  const names = [...new Set(projects.filter((name) => name !== ''))];
  let bytes = 0;
  const routed = names.filter((name) => {
    bytes += Buffer.byteLength(asArray([name]));
    return bytes <= MAX_PROJECT_BYTES;
  });
  return { routed, left: names.length - routed.length };
}

function unrouted(count: number): string {
  return count === 0
    ? ''
    : `\n\n${count} more projects are concerned than one message can name: who is told of some projects only may not get this.`;
}

/** As JSON without what XML cannot hold: JSON itself escapes all of that but two characters. */
function asArray(names: readonly string[]): string {
  return JSON.stringify(names).replace(/[\ufffe\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16)}`);
}

/** SNS takes ASCII without control characters that begins with a letter, number or punctuation mark. */
function printable(subject: string): string {
  const ascii = subject.replace(/[^\x20-\x7e]/gu, '?').trim();
  return ascii.slice(0, MAX_SUBJECT) || '[AutoStop]';
}

/** Cut at whole characters. */
function bounded(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  const cut = new TextDecoder().decode(bytes.subarray(0, most), { stream: true });
  return `${cut}\n(cut off at ${most} bytes)`;
}
