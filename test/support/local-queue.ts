import { createHash } from 'node:crypto';
import type { Reply } from '../../emulator/protocol.ts';
import { isRecord } from '../../lambda/text.ts';
import type { WireRequest } from './in-process.ts';

/** A message that waits in the queue until `at`, epoch milliseconds. */
export interface Waiting {
  readonly body: string;
  readonly at: number;
}

/** SQS's SendMessageBatch in this process: JSON, with the digest of each body, which the SDK compares. */
export class LocalQueue {
  readonly waiting: Waiting[] = [];
  /** Calls that fail before anything else: each is answered by HTTP 500. */
  failures = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async answer({ headers, body }: WireRequest): Promise<Reply> {
    if (this.failures > 0) {
      this.failures -= 1;
      return reply(500, { __type: 'com.amazonaws.sqs#InternalError', message: 'injected' });
    }
    if (headers['x-amz-target'] !== 'AmazonSQS.SendMessageBatch')
      throw new TypeError(`${headers['x-amz-target']} is not played`);
    const input: unknown = JSON.parse(body.toString());
    const entries = isRecord(input) && Array.isArray(input.Entries) ? input.Entries : [];
    const Successful = entries.map(({ Id, MessageBody, DelaySeconds }) => {
      this.waiting.push({ body: MessageBody, at: this.#now() + DelaySeconds * 1_000 });
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
      return { Id, MessageId: String(this.waiting.length), MD5OfMessageBody };
    });
    return reply(200, { Successful, Failed: [] });
  }
}

function reply(status: number, body: object): Reply {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { kind: 'http', status, headers, body: JSON.stringify(body) };
}
