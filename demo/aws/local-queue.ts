import { createHash, randomUUID } from 'node:crypto';
import type { Reply } from '../../emulator/protocol.ts';
import type { VirtualClock } from '../../emulator/virtual-clock.ts';
import { isRecord } from '../../lambda/text.ts';

export interface QueuePlan {
  readonly arn: string;
  readonly visibilityMs: number;
  readonly maxReceiveCount: number;
}

/** A message in the queue. Times are epoch milliseconds. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  receiveCount: number;
}

/**
 * Amazon SQS with a function behind it, in this process. A message that is not done comes back when its visibility timeout is
 * over, and becomes a dead letter after `maxReceiveCount` receives. That time passes is not a reason for time to move.
 */
export class LocalQueue {
  readonly deadLetters: QueueMessage[] = [];
  readonly #plan: QueuePlan;
  readonly #clock: VirtualClock;
  readonly #deliver: (message: QueueMessage) => Promise<boolean>;
  readonly #running = new Set<Promise<void>>();
  readonly #hidden = new Set<() => void>();
  #closed = false;

  /** @param deliver hands a message to the function; whether it is done with it */
  constructor(plan: QueuePlan, clock: VirtualClock, deliver: (message: QueueMessage) => Promise<boolean>) {
    this.#plan = plan;
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /** @param delayMs how long the message stays invisible at first */
  send(body: string, delayMs = 0): string {
    const messageId = randomUUID();
    const message = { messageId, body, sentAt: this.#clock.now(), receiveCount: 0 };
    if (delayMs > 0) this.#hide(message, this.#clock.now() + delayMs);
    else this.#receive(message);
    return messageId;
  }

  /** SendMessageBatch. The SDK compares the digest of each body. */
  async answer({ Entries }: Readonly<Record<string, unknown>>): Promise<Reply> {
    const entries = Array.isArray(Entries) ? Entries.filter(isRecord) : [];
    const Successful = entries.map(({ Id, MessageBody, DelaySeconds = 0 }) => ({
      Id,
      MessageId: this.send(String(MessageBody), Number(DelaySeconds) * 1_000),
      MD5OfMessageBody: createHash('md5').update(String(MessageBody)).digest('hex'),
    }));
    const body = JSON.stringify({ Successful, Failed: [] });
    return { kind: 'http', status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
  }

  /** Resolves when no message is being worked on. Hidden messages do not count. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#hidden) cancel();
  }

  #receive(message: QueueMessage): void {
    if (message.receiveCount >= this.#plan.maxReceiveCount) {
      this.deadLetters.push(message);
      return;
    }
    message.receiveCount += 1;
    const visibleAt = this.#clock.now() + this.#plan.visibilityMs;
    const work = this.#deliver(message).then((done) => {
      this.#running.delete(work);
      if (!done && !this.#closed) this.#hide(message, visibleAt);
    });
    this.#running.add(work);
  }

  #hide(message: QueueMessage, until: number): void {
    const cancel = this.#clock.at(until, () => {
      this.#hidden.delete(cancel);
      this.#receive(message);
    });
    this.#hidden.add(cancel);
  }
}
