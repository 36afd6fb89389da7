import { randomUUID } from 'node:crypto';
import type { VirtualClock } from '../../emulator/virtual-clock.ts';

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

  send(body: string): void {
    this.#receive({ messageId: randomUUID(), body, sentAt: this.#clock.now(), receiveCount: 0 });
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
