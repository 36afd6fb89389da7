import type { Reply } from '../../emulator/protocol.ts';
import type { WireRequest } from './in-process.ts';

/** A message that reached SNS. */
export interface Published {
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
  /** By name; absent when it has none. */
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
}

/** What an attribute may hold: at least one character, and none that XML has no form for. */
const IN_XML = /^[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u;

/** SNS's Publish in this process: form-encoded queries, XML replies. */
export class LocalTopic {
  readonly published: Published[] = [];
  /** Calls that fail before anything else: each is answered by HTTP 500. */
  failures = 0;

  async answer({ body }: WireRequest): Promise<Reply> {
    if (this.failures > 0) {
      this.failures -= 1;
      return reply(
        500,
        '<ErrorResponse><Error><Code>InternalError</Code><Message>injected</Message></Error></ErrorResponse>',
      );
    }
    const query = new URLSearchParams(body.toString());
    const attributes = attributesOf(query);
    this.published.push({
      topicArn: query.get('TopicArn') ?? '',
      subject: query.get('Subject') ?? '',
      message: query.get('Message') ?? '',
      ...attributes,
    });
    return reply(
      200,
      `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>${this.published.length}</MessageId></PublishResult></PublishResponse>`,
    );
  }
}

function attributesOf(query: URLSearchParams): Pick<Published, 'attributes'> {
  const attributes: Record<string, string | readonly string[]> = {};
  for (let entry = 1; query.has(`MessageAttributes.entry.${entry}.Name`); entry += 1) {
    const of = (member: string) => query.get(`MessageAttributes.entry.${entry}.${member}`) ?? '';
    const value = of('Value.StringValue');
    if (!IN_XML.test(value)) throw new TypeError(`SNS refuses the attribute value ${JSON.stringify(value)}`);
    attributes[of('Name')] = of('Value.DataType') === 'String.Array' ? JSON.parse(value) : value;
  }
  return Object.keys(attributes).length === 0 ? {} : { attributes };
}

/**
 * Whether SNS delivers a message to a subscription with such a filter policy
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html): every key must have an attribute of which some value fits.
 */
export function passesFilter(
  policy: Readonly<Record<string, readonly (string | { readonly prefix: string })[]>>,
  { attributes = {} }: Published,
): boolean {
  return Object.entries(policy).every(([key, wanted]) =>
    [attributes[key] ?? []].flat().some((value) => wanted.some((one) => fits(one, value))),
  );
}

function fits(wanted: string | { readonly prefix: string }, value: string): boolean {
  return typeof wanted === 'string' ? value === wanted : value.startsWith(wanted.prefix);
}

function reply(status: number, body: string): Reply {
  return { kind: 'http', status, headers: { 'content-type': 'text/xml' }, body };
}
