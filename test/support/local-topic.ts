import type { Reply } from '../../emulator/protocol.ts';
import type { WireRequest } from './in-process.ts';

/** A message that reached SNS. */
export interface Published {
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
}

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
    this.published.push({
      topicArn: query.get('TopicArn') ?? '',
      subject: query.get('Subject') ?? '',
      message: query.get('Message') ?? '',
    });
    return reply(
      200,
      `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>${this.published.length}</MessageId></PublishResult></PublishResponse>`,
    );
  }
}

function reply(status: number, body: string): Reply {
  return { kind: 'http', status, headers: { 'content-type': 'text/xml' }, body };
}
